import { concat, encode, fixed, FormatError, raw, Reader, struct, text, uint32 } from '@orrery/bytes';
import { aes256Gcm, hkdfSha256, randomBytes, wipe } from '@orrery/crypto';
import { Label } from './labels.ts';
import { OBJECT_ID_LENGTH } from './ledger/entry.ts';
import { MAX_OBJECT_BYTES } from './limits.ts';

/** Sizes below this say nothing about the content. */
const LEAST_PADDED = 1024;
const NONCE_LENGTH = aes256Gcm.nonceLength;
const LENGTH_FIELD = 4;
const OVERHEAD = NONCE_LENGTH + aes256Gcm.tagLength;

/** Whose object it is: what its key and its associated data are made from. */
export interface ObjectContext {
  /** The hash of the genesis entry. */
  readonly account: Uint8Array;
  readonly epoch: number;
  readonly epochKey: Uint8Array;
}

export interface SealedObject {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

const bindingCodec = struct({
  label: text(64),
  account: fixed(32),
  epoch: uint32,
  id: raw(OBJECT_ID_LENGTH),
});

function derive(context: ObjectContext, id: Uint8Array): { key: Uint8Array; binding: Uint8Array } {
  const binding = encode(bindingCodec, {
    label: Label.object,
    account: context.account,
    epoch: context.epoch,
    id,
  });
  return { key: hkdfSha256(context.epochKey, id, binding, aes256Gcm.keyLength), binding };
}

/**
 * The padded length of `length` bytes: at least 1 KiB, then Padmé, which shows no more than
 * log2(log2(length)) bits of it (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 4.1).
 */
export function paddedLength(length: number): number {
  if (length <= LEAST_PADDED) return LEAST_PADDED;
  const exponent = floorLog2(length);
  const step = 2 ** (exponent - floorLog2(exponent) - 1);
  return Math.ceil(length / step) * step;
}

/** Exact, where Math.log2 may be rounded. */
function floorLog2(value: number): number {
  return 31 - Math.clz32(value);
}

/**
 * Encrypts `plaintext` under a fresh random id: nonce, ciphertext of length, plaintext and zeros, tag.
 * @throws {RangeError} if the object would be larger than MAX_OBJECT_BYTES.
 */
export function sealObject(context: ObjectContext, plaintext: Uint8Array): SealedObject {
  const length = paddedLength(LENGTH_FIELD + plaintext.length);
  if (length + OVERHEAD > MAX_OBJECT_BYTES)
    throw new RangeError(
      `Cannot seal object: ${length + OVERHEAD} bytes, at most ${MAX_OBJECT_BYTES} expected`,
    );
  const id = randomBytes(OBJECT_ID_LENGTH);
  const padded = new Uint8Array(length);
  new DataView(padded.buffer).setUint32(0, plaintext.length);
  padded.set(plaintext, LENGTH_FIELD);
  const { key, binding } = derive(context, id);
  const nonce = randomBytes(NONCE_LENGTH);
  try {
    return { id, bytes: concat(nonce, aes256Gcm.seal(key, nonce, padded, binding)) };
  } finally {
    wipe(key, padded);
  }
}

/**
 * Decrypts an object that was sealed in `context` under `id`.
 * @throws {DecryptError} if it is another object, of another account or epoch, or altered.
 * @throws {FormatError} if its length or its padding is not what `sealObject` makes.
 */
export function openObject(context: ObjectContext, id: Uint8Array, bytes: Uint8Array): Uint8Array {
  const least = LEAST_PADDED + OVERHEAD;
  if (bytes.length < least || bytes.length > MAX_OBJECT_BYTES)
    throw new FormatError(
      `Cannot open object: ${bytes.length} bytes, ${least} to ${MAX_OBJECT_BYTES} expected`,
    );
  const { key, binding } = derive(context, id);
  let padded: Uint8Array;
  try {
    padded = aes256Gcm.open(key, bytes.subarray(0, NONCE_LENGTH), bytes.subarray(NONCE_LENGTH), binding);
  } finally {
    wipe(key);
  }
  const reader = new Reader(padded);
  const plaintext = reader.string(padded.length);
  const padding = reader.rest();
  if (padded.length !== paddedLength(LENGTH_FIELD + plaintext.length) || padding.some((byte) => byte !== 0))
    throw new FormatError('Cannot open object: its padding is not what its length demands');
  return plaintext;
}
