import { wipe } from '@orrery/crypto';
import { visible } from '@orrery/terminal';
import { inputPath } from './input-path.ts';
import { readFormat } from './key-format.ts';
import { newPassphrase } from './new-passphrase.ts';
import { openKey } from './open-key.ts';
import { placeOf, savePrivateKey } from './save-key.ts';
import type { Session } from './session.ts';

/** -p: another passphrase, and with -m another format. */
export async function changePassphrase(session: Session): Promise<number> {
  readFormat(session.line);
  const path = await inputPath(session);
  const place = placeOf(path);
  const old = await openKey(session, path, `Failed to load key ${path}`, 'Enter old passphrase: ');
  wipe(old.passphrase);
  try {
    if (old.hasComment) session.print(`Key has comment '${visible(old.key.comment)}'\n`);
    const passphrase = await newPassphrase(session, 'Enter new passphrase (empty for no passphrase): ');
    try {
      await savePrivateKey(session, old.key, path, passphrase, place);
    } finally {
      wipe(passphrase);
    }
  } finally {
    wipe(old.key.secret);
  }
  session.print('Your identification has been saved with the new passphrase.\n');
  return 0;
}
