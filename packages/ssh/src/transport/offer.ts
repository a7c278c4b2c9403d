// RFC 4253, section 7.1: what one side offers.
import { randomBytes } from '@orrery/crypto';
import type { Preferences } from './algorithms.ts';
import { encodeMessage, kexInit } from './messages.ts';
import { Marker } from './negotiation.ts';

export interface OfferOptions {
  readonly isClient: boolean;
  /** It is this side's first: only then the markers count. */
  readonly isFirst: boolean;
  /** A message of the preferred key exchange follows before the other side's offer is known. */
  readonly isGuess: boolean;
}

/** The payload of a KEXINIT. */
export function makeOffer(
  { kex, hostKeys, ciphers, macs, compressions }: Preferences,
  { isClient, isFirst, isGuess }: OfferOptions,
): Uint8Array {
  const markers = isClient
    ? [Marker.extInfoClient, Marker.strictClient]
    : [Marker.extInfoServer, Marker.strictServer];
  return encodeMessage(kexInit, {
    cookie: randomBytes(16),
    kex: isFirst ? [...kex, ...markers] : kex,
    hostKey: hostKeys,
    cipherToServer: ciphers,
    cipherToClient: ciphers,
    macToServer: macs,
    macToClient: macs,
    compressionToServer: compressions,
    compressionToClient: compressions,
    languageToServer: [],
    languageToClient: [],
    firstPacketFollows: isGuess,
    reserved: 0,
  });
}
