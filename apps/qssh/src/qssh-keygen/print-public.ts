import { wipe } from '@orrery/crypto';
import { parsePublicKeyBlob, printPublicKeyLine } from '@orrery/keys';
import { inputPath } from './input-path.ts';
import { openKey } from './open-key.ts';
import type { Session } from './session.ts';

/** -y: the public key of a private one. */
export async function printPublic(session: Session): Promise<number> {
  const path = await inputPath(session);
  const { key, passphrase } = await openKey(session, path, `Load key "${path}"`);
  wipe(key.secret, passphrase);
  session.print(
    `${printPublicKeyLine({
      ...parsePublicKeyBlob(key.publicKey),
      ...(key.comment !== '' && { comment: key.comment }),
    })}\n`,
  );
  return 0;
}
