// What there is, and what is offered unless the caller says otherwise.
import {
  aesCtr,
  hmacSha256,
  hmacSha256Etm,
  hmacSha512,
  hmacSha512Etm,
  type MacAlgorithm,
} from './aes-ctr.ts';
import { aes128Gcm, aes256Gcm } from './aes-gcm.ts';
import { chacha20Poly1305 } from './chacha20-poly1305.ts';
import {
  curve25519Sha256,
  curve25519Sha256AtLibssh,
  ecdhNistp256,
  ecdhNistp384,
  ecdhNistp521,
} from './kex-ecdh.ts';
import {
  mlkem1024Nistp384,
  mlkem768Nistp256,
  mlkem768X25519,
  sntrup761X25519,
  sntrup761X25519AtOpenssh,
} from './kex-hybrid.ts';
import type { KexMethod } from './kex.ts';
import type { Direction } from './negotiation.ts';
import type { PacketCipher } from './packet-cipher.ts';

/** By name, in the order of preference. */
export const kexMethods: ReadonlyMap<string, KexMethod> = new Map(
  [
    mlkem768X25519,
    mlkem768Nistp256,
    mlkem1024Nistp384,
    sntrup761X25519,
    sntrup761X25519AtOpenssh,
    curve25519Sha256,
    curve25519Sha256AtLibssh,
    ecdhNistp256,
    ecdhNistp384,
    ecdhNistp521,
  ].map((method) => [method.name, method]),
);

/** Ciphers that authenticate: they need no MAC. */
const authenticated: ReadonlyMap<string, PacketCipher> = new Map([
  ['aes256-gcm@openssh.com', aes256Gcm],
  ['aes128-gcm@openssh.com', aes128Gcm],
  ['chacha20-poly1305@openssh.com', chacha20Poly1305],
]);

/** Lengths of the keys of the others, in bytes. */
const counterModes: ReadonlyMap<string, number> = new Map([
  ['aes256-ctr', 32],
  ['aes192-ctr', 24],
  ['aes128-ctr', 16],
]);

const macs: ReadonlyMap<string, MacAlgorithm> = new Map([
  ['hmac-sha2-256-etm@openssh.com', hmacSha256Etm],
  ['hmac-sha2-512-etm@openssh.com', hmacSha512Etm],
  ['hmac-sha2-256', hmacSha256],
  ['hmac-sha2-512', hmacSha512],
]);

/** Names in the order of preference. */
export interface Preferences {
  readonly kex: readonly string[];
  readonly hostKeys: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly compressions: readonly string[];
}

/** All that there is. */
export const supportedAlgorithms: Preferences = {
  kex: [...kexMethods.keys()],
  hostKeys: [
    'ssh-mldsa44-ed25519',
    'ssh-mldsa44-ed25519@openssh.com',
    'ssh-ed25519',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
  ],
  ciphers: [...authenticated.keys(), ...counterModes.keys()],
  macs: [...macs.keys()],
  compressions: ['none', 'zlib@openssh.com'],
};

/** Neither curves of NIST alone, nor keys on them, nor MACs of what is not yet encrypted. */
export const defaultPreferences: Preferences = {
  kex: supportedAlgorithms.kex.filter((name) => !name.startsWith('ecdh-')),
  hostKeys: supportedAlgorithms.hostKeys.filter((name) => !name.startsWith('ecdsa-')),
  ciphers: supportedAlgorithms.ciphers,
  macs: supportedAlgorithms.macs.filter((name) => name.includes('-etm@')),
  compressions: ['none'],
};

/** The cipher of a direction, together with its MAC if it needs one. @throws {TypeError} if there is none of that name. */
export function packetCipher({ cipher, mac }: Direction): PacketCipher {
  const known = authenticated.get(cipher);
  if (known !== undefined) return known;
  const keyLength = counterModes.get(cipher);
  const macAlgorithm = macs.get(mac ?? '');
  if (keyLength === undefined || macAlgorithm === undefined)
    throw new TypeError(`Cannot encrypt with "${cipher}" and "${mac}": not known`);
  return aesCtr(keyLength, macAlgorithm);
}
