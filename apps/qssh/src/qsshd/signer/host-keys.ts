// Reading the server's own keys.
import { decode, Reader, string, struct, text, uint32 } from '@orrery/bytes';
import { keySigner, MAX_PRIVATE_KEY_FILE, type KeySigner } from '@orrery/keys';
import { readFile, stat } from 'node:fs/promises';

export interface HostKey {
  readonly file: string;
  readonly signer: KeySigner;
}

/** @throws {Error} naming the file: it is no key that can be used, or others can read it. */
export async function loadHostKey(file: string): Promise<HostKey> {
  const { mode, uid, size } = await stat(file);
  if (uid === process.getuid?.() && (mode & 0o077) !== 0)
    throw new Error(`Cannot use host key "${file}": permissions ${(mode & 0o777).toString(8)} are too open`);
  if (size > MAX_PRIVATE_KEY_FILE) throw new Error(`Cannot use host key "${file}": ${size} bytes`);
  const bytes = await readFile(file);
  try {
    return { file, signer: parse(bytes.toString('latin1')) };
  } catch (cause) {
    throw new Error(`Cannot use host key "${file}": ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  } finally {
    bytes.fill(0);
  }
}

const container = struct({
  cipher: text(64),
  kdf: text(64),
  options: string(1024),
  count: uint32,
  publicKey: string(65_536),
  secret: string(65_536),
});

function parse(pem: string): KeySigner {
  const [, base64 = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(pem) ?? [];
  const bytes = Uint8Array.fromBase64(base64);
  const { cipher, secret } = decode(container, bytes.subarray('openssh-key-v1\0'.length));
  if (cipher !== 'none') throw new Error('it is encrypted');
  const reader = new Reader(secret);
  reader.uint32();
  reader.uint32();
  const type = reader.text(128);
  reader.string(65_536);
  return keySigner(type, reader.string(65_536).subarray(0, 32));
}
