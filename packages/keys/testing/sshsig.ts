// Signatures of files in the namespace "file", as the tests of signatures use them.
import { printSshsig as print, signedData } from '../src/sshsig.ts';

const kind = { namespace: 'file', hash: 'sha512' } as const;

/** What a key signs for a message. */
export function sshsigMessage(message: Uint8Array): Uint8Array {
  return signedData(kind, message);
}

/** The file that `ssh-keygen -Y verify` reads. */
export function printSshsig(publicKey: Uint8Array, signature: Uint8Array): string {
  return print({ ...kind, publicKey, signature });
}
