// What there is, and what is offered unless the caller says otherwise.
import { aes128Gcm, aes256Gcm } from './aes-gcm.ts';
import { chacha20Poly1305 } from './chacha20-poly1305.ts';
import { curve25519Sha256 } from './kex-curve25519.ts';
import { mlkem768X25519Sha256 } from './kex-hybrid.ts';
import type { KexMethod } from './kex.ts';
import type { Direction } from './negotiation.ts';
import type { PacketCipher } from './packet-cipher.ts';

export const kexMethods: ReadonlyMap<string, KexMethod> = new Map([
  ['mlkem768x25519-sha256', mlkem768X25519Sha256],
  ['curve25519-sha256', curve25519Sha256],
  ['curve25519-sha256@libssh.org', curve25519Sha256],
]);

export const ciphers: ReadonlyMap<string, PacketCipher> = new Map([
  ['aes256-gcm@openssh.com', aes256Gcm],
  ['aes128-gcm@openssh.com', aes128Gcm],
  ['chacha20-poly1305@openssh.com', chacha20Poly1305],
]);

/** Names in the order of preference. */
export interface Preferences {
  readonly kex: readonly string[];
  readonly hostKeys: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly compressions: readonly string[];
}

export const defaultPreferences: Preferences = {
  kex: [...kexMethods.keys()],
  hostKeys: ['ssh-ed25519'],
  ciphers: [...ciphers.keys()],
  macs: ['hmac-sha2-256-etm@openssh.com'],
  compressions: ['none'],
};

/** The cipher of a direction, together with its MAC if it needs one. */
export function packetCipher({ cipher }: Direction): PacketCipher {
  const known = ciphers.get(cipher);
  if (known === undefined) throw new TypeError(`Cannot encrypt with "${cipher}": it is not known`);
  return known;
}
