import { equalSecret, wipe } from '@orrery/crypto';
import { valueOf } from './command-line.ts';
import { KeygenError, type Session } from './session.ts';

/**
 * The passphrase of -N, or one that is asked for twice: bytes, which the caller wipes. Empty for none.
 * @throws {KeygenError}
 */
export async function newPassphrase({ line, ask, say }: Session, prompt: string): Promise<Uint8Array> {
  const given = valueOf(line, 'N');
  if (given !== undefined) return new TextEncoder().encode(given);
  for (;;) {
    const first = (await ask.secret(prompt)) ?? new Uint8Array();
    const second = (await ask.secret('Enter same passphrase again: ')) ?? new Uint8Array();
    const isSame = first.length === second.length && equalSecret(first, second);
    wipe(second);
    if (isSame) return first;
    wipe(first);
    say('Passphrases do not match.  Try again.');
    if (!process.stdin.isTTY) throw new KeygenError('Passphrases do not match.', 1);
  }
}
