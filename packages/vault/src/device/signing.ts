import { encode, list, string, struct, text } from '@orrery/bytes';
import type { Signer } from '@orrery/crypto';
import { verifiersOf, type DeviceKeys } from './keys.ts';

/** One signature for each algorithm of the signer's suite, in its order. */
export const signaturesCodec = list(string(4096), 2);
export type Signatures = readonly Uint8Array[];

const labelled = struct({ label: text(64), message: string(2 ** 32 - 1) });

/** Signs `message` under `label` with every signer of a device. */
export function signLabelled(
  signers: readonly Signer[],
  label: string,
  message: Uint8Array,
): Promise<Uint8Array[]> {
  const bytes = encode(labelled, { label, message });
  return Promise.all(signers.map((signer) => signer.sign(bytes)));
}

/** True if every algorithm of the device's suite signed `message` under `label`. */
export function verifyLabelled(
  keys: DeviceKeys,
  label: string,
  message: Uint8Array,
  signatures: Signatures,
): boolean {
  const verifiers = verifiersOf(keys);
  const bytes = encode(labelled, { label, message });
  return (
    signatures.length === verifiers.length &&
    verifiers.every((verifier, index) => verifier.verify(bytes, signatures[index] ?? new Uint8Array()))
  );
}
