import { wipe } from '@orrery/crypto';
import { visible } from '@orrery/terminal';
import { valueOf } from './command-line.ts';
import { inputPath } from './input-path.ts';
import { openKey } from './open-key.ts';
import { placeOf, savePrivateKey, savePublicKey } from './save-key.ts';
import { KeygenError, type Session } from './session.ts';

/** -c: another comment, in both files. The passphrase stays. */
export async function changeComment(session: Session): Promise<number> {
  const { line, print } = session;
  const path = await inputPath(session);
  const places = { secret: placeOf(path), public: placeOf(`${path}.pub`) };
  const { key, passphrase, hasComment } = await openKey(session, path, `Cannot load private key "${path}"`);
  try {
    print(hasComment ? `Old comment: ${visible(key.comment)}\n` : 'No existing comment\n');
    const comment = valueOf(line, 'C') ?? (await askComment(session));
    if (hasComment && comment === key.comment) {
      print('No change to comment\n');
      return 0;
    }
    const changed = { ...key, comment };
    await savePrivateKey(session, changed, path, passphrase, places.secret);
    savePublicKey(changed, path, places.public);
    print(comment === '' ? 'Comment removed\n' : `Comment '${visible(comment)}' applied\n`);
    return 0;
  } finally {
    wipe(key.secret, passphrase);
  }
}

async function askComment({ ask }: Session): Promise<string> {
  const answer = await ask.line('New comment: ');
  if (answer === undefined) throw new KeygenError('No comment was given.', 1);
  return answer;
}
