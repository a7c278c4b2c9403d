import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { concat, Writer } from '@orrery/bytes';
import { ed25519, randomBytes } from '@orrery/crypto';

const TYPE = 'ssh-ed25519';

/** Makes an Ed25519 key pair at `path` and `path`.pub with ssh-keygen, or without it where that is missing. */
export function makeKey(path: string, comment: string): void {
  const words = ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path];
  const { error, status } = spawnSync('ssh-keygen', words, { stdio: 'inherit' });
  if (error !== undefined) writeKey(path, comment);
  else if (status !== 0) throw new Error(`Cannot make "${path}": ssh-keygen ended with ${status}`);
}

/** The openssh-key-v1 container (OpenSSH, PROTOCOL.key) without a passphrase. */
function writeKey(path: string, comment: string): void {
  const { secretKey, publicKey } = ed25519.generate();
  const blob = new Writer().text(TYPE).string(publicKey).finish();
  const check = new DataView(randomBytes(4).slice().buffer).getUint32(0);
  const writer = new Writer().uint32(check).uint32(check).text(TYPE).string(publicKey);
  const secret = writer.string(concat(secretKey, publicKey)).text(comment).finish();
  const padding = Uint8Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1);
  const container = new Writer()
    .bytes(new TextEncoder().encode('openssh-key-v1\0'))
    .text('none')
    .text('none')
    .text('')
    .uint32(1)
    .string(blob)
    .string(concat(secret, padding))
    .finish();
  const lines = container.toBase64().match(/.{1,70}/g) ?? [];
  const pem = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
  writeFileSync(path, pem, { mode: 0o600 });
  writeFileSync(`${path}.pub`, `${TYPE} ${blob.toBase64()} ${comment}\n`, { mode: 0o644 });
}
