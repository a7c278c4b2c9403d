// Files of private keys, made of any parts.
import { generateKeyPairSync } from 'node:crypto';

export const text = (words: string): Buffer => Buffer.from(words);
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const string = (bytes: Uint8Array): Buffer => Buffer.concat([uint32(bytes.length), bytes]);
export const strings = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts.map(string));
export const pem = (label: string, bytes: Uint8Array): Buffer =>
  text(`-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`);

export interface Forged {
  /** In front of the private section. */
  readonly publicKey: Uint8Array;
  /** Behind the check numbers: the numbers of the key. */
  readonly numbers: Uint8Array;
  readonly checks?: readonly [number, number];
  /** From that which would be right. */
  readonly padding?: (usual: Uint8Array) => Uint8Array;
  readonly keys?: number;
  readonly behind?: Uint8Array;
}

/** A file of OpenSSH, not encrypted. */
export function container({
  publicKey,
  numbers,
  checks = [7, 7],
  padding = (usual) => usual,
  keys = 1,
  behind,
}: Forged): Buffer {
  const section = Buffer.concat([uint32(checks[0]), uint32(checks[1]), numbers, string(text('comment'))]);
  const count = (8 - (section.length % 8)) % 8;
  const right = Uint8Array.from({ length: count }, (_, index) => index + 1);
  const bytes = Buffer.concat([
    text('openssh-key-v1\0'),
    strings(text('none'), text('none'), text('')),
    uint32(keys),
    strings(publicKey, Buffer.concat([section, padding(right)])),
    behind ?? text(''),
  ]);
  return pem('OPENSSH PRIVATE KEY', bytes);
}

export interface Ed25519Key {
  readonly seed: Buffer;
  readonly point: Buffer;
  /** The blob of its public key. */
  readonly blob: Buffer;
}

export function ed25519(): Ed25519Key {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const point = publicKey.export({ format: 'raw-public' });
  const blob = strings(text('ssh-ed25519'), point);
  return { seed: privateKey.export({ format: 'raw-private' }), point, blob };
}

/** The private numbers: public key, seed, and the public key once more. */
export function ed25519Numbers(point: Buffer, seed: Buffer, again: Buffer): Buffer {
  return strings(text('ssh-ed25519'), point, Buffer.concat([seed, again]));
}

/** A file in which nothing is forged. */
export function whole({ blob, point, seed }: Ed25519Key): Forged {
  return { publicKey: blob, numbers: ed25519Numbers(point, seed, point) };
}

/** The scalar is the content of an mpint. */
export function p256(): { readonly scalar: Buffer; readonly point: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    scalar: Buffer.concat([Buffer.of(0), privateKey.export({ format: 'raw-private' })]),
    point: publicKey.export({ format: 'raw-public' }),
  };
}
