import { concat, decode, encode, fixed, FormatError, string, struct, text, uint32 } from '@orrery/bytes';
import { aes256Gcm, equalSecret, hkdfSha256, randomBytes, wipe } from '@orrery/crypto';
import { suiteOf, type DeviceKeys } from './device/keys.ts';
import type { Device } from './device/secret.ts';
import { Label } from './labels.ts';
import type { NewEpoch, Wrap } from './ledger/entry.ts';
import { LedgerError } from './ledger/ledger-error.ts';

const EPOCH_KEY_LENGTH = 32;
const NONCE_LENGTH = aes256Gcm.nonceLength;

/** Bytes of an epoch key sealed under the next one: nonce, key, tag. */
export const SEALED_PREVIOUS_LENGTH = NONCE_LENGTH + EPOCH_KEY_LENGTH + aes256Gcm.tagLength;

/** The place of the entry that opens an epoch or admits a device: what its wraps are bound to. */
export interface EntryPlace {
  readonly number: number;
  readonly previous: Uint8Array;
}

const context = struct({
  label: text(64),
  number: uint32,
  previous: fixed(32),
  epoch: uint32,
  subject: string(64),
});
const sealedWrap = struct({ ciphertext: string(1200), nonce: fixed(NONCE_LENGTH), key: string(64) });

function bind(label: string, place: EntryPlace, epoch: number, subject: Uint8Array): Uint8Array {
  return encode(context, { label, number: place.number, previous: place.previous, epoch, subject });
}

/** A value that only this epoch key has: 32 bytes that every unwrapper compares. */
export function commitment(key: Uint8Array, epoch: number): Uint8Array {
  const info = encode(struct({ label: text(64), epoch: uint32 }), { label: Label.epochCommitment, epoch });
  return hkdfSha256(key, new Uint8Array(), info, 32);
}

/** Seals an epoch key for one device. @throws {RangeError} if the device's KEM key is not valid. */
export function wrapKey(
  key: Uint8Array,
  epoch: number,
  device: DeviceKeys,
  id: Uint8Array,
  place: EntryPlace,
): Uint8Array {
  const { ciphertext, sharedSecret } = suiteOf(device).kem.encapsulate(device.kem);
  const bound = bind(Label.wrap, place, epoch, id);
  const wrappingKey = hkdfSha256(sharedSecret, new Uint8Array(), bound, aes256Gcm.keyLength);
  const nonce = randomBytes(NONCE_LENGTH);
  const sealed = aes256Gcm.seal(wrappingKey, nonce, key, bound);
  wipe(sharedSecret, wrappingKey);
  return encode(sealedWrap, { ciphertext, nonce, key: sealed });
}

/**
 * Opens an epoch key sealed for `device` and compares it with the commitment in the ledger.
 * @throws {DecryptError} if the wrap is for another device, place or epoch.
 * @throws {LedgerError} if it is no wrap for the device's suite, or the key does not fit the commitment.
 */
export function unwrapKey(
  sealed: Uint8Array,
  epoch: number,
  expected: Uint8Array,
  device: Device,
  place: EntryPlace,
): Uint8Array {
  const { sharedSecret, nonce, key } = openWrap(sealed, epoch, device);
  const bound = bind(Label.wrap, place, epoch, device.id);
  const wrappingKey = hkdfSha256(sharedSecret, new Uint8Array(), bound, aes256Gcm.keyLength);
  try {
    return committed(aes256Gcm.open(wrappingKey, nonce, key, bound), epoch, expected);
  } finally {
    wipe(sharedSecret, wrappingKey);
  }
}

function openWrap(
  sealed: Uint8Array,
  epoch: number,
  device: Device,
): { readonly sharedSecret: Uint8Array; readonly nonce: Uint8Array; readonly key: Uint8Array } {
  try {
    const { ciphertext, nonce, key } = decode(sealedWrap, sealed);
    return { sharedSecret: device.decapsulate(ciphertext), nonce, key };
  } catch (cause) {
    if (!(cause instanceof FormatError || cause instanceof RangeError)) throw cause;
    throw new LedgerError('invalid', `Cannot use key of epoch ${epoch}: its wrap is malformed`, { cause });
  }
}

function committed(key: Uint8Array, epoch: number, expected: Uint8Array): Uint8Array {
  if (key.length === EPOCH_KEY_LENGTH && equalSecret(commitment(key, epoch), expected)) return key;
  wipe(key);
  throw new LedgerError(
    'invalid',
    `Cannot use key of epoch ${epoch}: it does not fit the commitment in the ledger`,
  );
}

/** Makes an epoch with a fresh key for exactly `devices`, and the key before sealed under it. */
export function openEpoch(
  epoch: number,
  previousKey: Uint8Array | undefined,
  devices: readonly { readonly id: Uint8Array; readonly keys: DeviceKeys }[],
  place: EntryPlace,
): NewEpoch {
  const key = randomBytes(EPOCH_KEY_LENGTH);
  try {
    const wraps: Wrap[] = devices.map(({ id, keys }) => ({
      device: id,
      sealed: wrapKey(key, epoch, keys, id, place),
    }));
    const sealedPrevious =
      previousKey === undefined ? new Uint8Array() : sealPrevious(key, previousKey, epoch, place);
    return { epoch, commitment: commitment(key, epoch), previousKey: sealedPrevious, wraps };
  } finally {
    wipe(key);
  }
}

function previousWrapping(
  key: Uint8Array,
  epoch: number,
  place: EntryPlace,
): { bound: Uint8Array; wrapping: Uint8Array } {
  const bound = bind(Label.previousEpoch, place, epoch, new Uint8Array());
  return { bound, wrapping: hkdfSha256(key, new Uint8Array(), bound, aes256Gcm.keyLength) };
}

function sealPrevious(
  key: Uint8Array,
  previousKey: Uint8Array,
  epoch: number,
  place: EntryPlace,
): Uint8Array {
  const { bound, wrapping } = previousWrapping(key, epoch, place);
  const nonce = randomBytes(NONCE_LENGTH);
  try {
    return concat(nonce, aes256Gcm.seal(wrapping, nonce, previousKey, bound));
  } finally {
    wipe(wrapping);
  }
}

/**
 * Opens the key of the epoch before `epoch` with the key of `epoch`.
 * @throws {DecryptError} if it does not open.
 * @throws {LedgerError} if it is none, or does not fit that epoch's commitment.
 */
export function openPrevious(
  key: Uint8Array,
  sealed: Uint8Array,
  epoch: number,
  expected: Uint8Array,
  place: EntryPlace,
): Uint8Array {
  if (sealed.length !== SEALED_PREVIOUS_LENGTH)
    throw new LedgerError(
      'invalid',
      `Cannot use key of epoch ${epoch - 1}: ${sealed.length} bytes, ${SEALED_PREVIOUS_LENGTH} expected`,
    );
  const { bound, wrapping } = previousWrapping(key, epoch, place);
  try {
    const opened = aes256Gcm.open(
      wrapping,
      sealed.subarray(0, NONCE_LENGTH),
      sealed.subarray(NONCE_LENGTH),
      bound,
    );
    return committed(opened, epoch - 1, expected);
  } finally {
    wipe(wrapping);
  }
}
