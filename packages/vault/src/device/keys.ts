import {
  encode,
  FormatError,
  list,
  literal,
  string,
  struct,
  text,
  UnknownKindError,
  type Value,
} from '@orrery/bytes';
import { sha256, wipe, type Verifier } from '@orrery/crypto';
import { Label } from '../labels.ts';
import { findSuite, type Suite } from './suite.ts';

/** The public half of a device: one key per signature of its suite, and its KEM key. */
export const deviceKeysCodec = struct({
  suite: text(32),
  signing: list(string(2048), 2),
  kem: string(2048),
});
export type DeviceKeys = Value<typeof deviceKeysCodec>;

const hashedKeys = struct({ label: literal(Label.deviceKeys), keys: deviceKeysCodec });

/** SHA-256 over the labelled public keys: 32 bytes that name the device everywhere. */
export function deviceId(keys: DeviceKeys): Uint8Array {
  return sha256(encode(hashedKeys, { label: Label.deviceKeys, keys }));
}

/** A 32-byte hash as people compare it, in OpenSSH's spelling. */
export function fingerprint(hash: Uint8Array): string {
  return `SHA256:${hash.toBase64({ omitPadding: true })}`;
}

/** The suite of the keys. @throws {UnknownKindError} for a suite of a newer version. */
export function suiteOf(keys: DeviceKeys): Suite {
  const suite = findSuite(keys.suite);
  if (suite === undefined)
    throw new UnknownKindError(`Cannot use device keys: suite "${keys.suite}" is not known`, keys.suite);
  return suite;
}

/**
 * Verifiers for the keys, in the order of the suite.
 * @throws {FormatError} when a signing key has the wrong length or is no point of its curve, or one is missing.
 */
export function verifiersOf(keys: DeviceKeys): readonly Verifier[] {
  const suite = suiteOf(keys);
  if (keys.signing.length !== suite.signatures.length)
    throw new FormatError(
      `Cannot use device keys of suite "${suite.name}": ${keys.signing.length} signing keys, ${suite.signatures.length} expected`,
    );
  return suite.signatures.map((algorithm, index) =>
    validKey(algorithm.name, () => algorithm.verifier(keys.signing[index] ?? new Uint8Array())),
  );
}

/**
 * Checks every key, so that nobody is admitted for whom no later epoch can be sealed.
 * @throws {FormatError}
 */
export function checkKeys(keys: DeviceKeys): void {
  verifiersOf(keys);
  const { kem } = suiteOf(keys);
  wipe(validKey(kem.name, () => kem.encapsulate(keys.kem)).sharedSecret);
}

function validKey<T>(algorithm: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new FormatError(`Cannot use ${algorithm} key of a device: not a valid public key`, { cause });
  }
}
