// What the host keys sign, and for whom: anybody who asks, but nothing else.
import { wipe } from '@orrery/crypto';
import { parsePublicKeyBlob, type KeySigner } from '@orrery/keys';
import { describeKey } from '../describe-key.ts';
import type { SignatureRequest } from '../protocol.ts';
import { exchangeHash, isExchange } from './exchange-hash.ts';
import type { HashGate } from './hash-gate.ts';
import type { HostKeys } from './host-keys.ts';
import { isKeyProof } from './key-proof.ts';

export interface SigningKeys {
  readonly hostKeys: HostKeys;
  readonly gate: HashGate;
  /** Is told why a key cannot sign. */
  readonly warn: (text: string) => void;
}

/** A signature; empty if it is refused, or cannot be made. */
export async function signFor(request: SignatureRequest, keys: SigningKeys): Promise<Uint8Array> {
  const { algorithm } = request;
  const { certified, plain } = keys.hostKeys;
  const isAble = ({ algorithms }: KeySigner): boolean => algorithms.includes(algorithm);
  if (request.kind === 'proof') {
    const { message } = request;
    const proven = plain.filter(isAble).find(({ publicKey }) => isKeyProof(message, publicKey));
    return sign(proven, message, algorithm, keys);
  }
  // Of several keys or certificates of one type only the first is used for connections, and shown as it is.
  const key = plain.find(isAble) ?? certified.find(isAble);
  const isOurs = key !== undefined && isExchange(request.input, key.publicKey);
  const hash = isOurs ? exchangeHash(request.input, request.hashLength) : undefined;
  wipe(request.input);
  if (hash === undefined || !keys.gate.admits(hash)) return new Uint8Array();
  return sign(key, hash, algorithm, keys);
}

async function sign(
  key: KeySigner | undefined,
  message: Uint8Array,
  algorithm: string,
  { warn }: SigningKeys,
): Promise<Uint8Array> {
  if (key === undefined) return new Uint8Array();
  try {
    return await key.sign(message, algorithm);
  } catch (error) {
    const { certifiedKey } = parsePublicKeyBlob(key.publicKey);
    const reason = error instanceof Error ? error.message : String(error);
    warn(`Cannot sign with host key ${describeKey(certifiedKey ?? key.publicKey)}: ${reason}`);
    return new Uint8Array();
  }
}
