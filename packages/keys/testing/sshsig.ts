// OpenSSH's PROTOCOL.sshsig, as far as the tests of signatures need it.
import assert from 'node:assert/strict';
import { Reader, Writer, utf8 } from '@orrery/bytes';
import { sha512 } from '@orrery/crypto';

const MAGIC = utf8('SSHSIG');
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';

/** What a key signs for a message in the namespace "file". */
export function sshsigMessage(message: Uint8Array): Uint8Array {
  return new Writer().bytes(MAGIC).text('file').text('').text('sha512').string(sha512(message)).finish();
}

/** The file that `ssh-keygen -Y verify` reads. */
export function printSshsig(publicKey: Uint8Array, signature: Uint8Array): string {
  const blob = new Writer()
    .bytes(MAGIC)
    .uint32(1)
    .string(publicKey)
    .text('file')
    .text('')
    .text('sha512')
    .string(signature)
    .finish();
  return `${BEGIN}\n${blob.toBase64()}\n${END}\n`;
}

/** The public key and the signature of a file that `ssh-keygen -Y sign` wrote. */
export function readSshsig(text: string): { publicKey: Uint8Array; signature: Uint8Array } {
  const reader = new Reader(Uint8Array.fromBase64(text.replace(BEGIN, '').replace(END, '')));
  reader.bytes(MAGIC.length);
  reader.uint32();
  const publicKey = reader.string(10_000);
  for (const field of ['file', '', 'sha512']) assert.equal(reader.text(100), field);
  return { publicKey, signature: reader.string(10_000) };
}
