import { FormatError, Reader, equal } from '@orrery/bytes';
import { KRL_FORMAT, KRL_MAGIC, MAX_BITMAP, certificateSection, section } from './krl-sections.ts';
import { Krl, type RevokedCertificates } from './krl.ts';
import { parsePublicKeyBlob } from './public-key.ts';
import type { SerialRanges } from './serial-ranges.ts';

/** Longest list, in bytes. */
export const MAX_KRL = 2 ** 25;
/** Most ranges of serial numbers in a list: a bitmap of 2 KiB may hold 8192. */
export const MAX_SERIAL_RANGES = 2 ** 20;
/** Longest comment, name of an extension, and key id, in bytes. */
const MAX_TEXT = 32_768;

/** Whether bytes are meant as a key revocation list. */
export function isKrl(bytes: Uint8Array): boolean {
  return equal(bytes.subarray(0, KRL_MAGIC.length), KRL_MAGIC);
}

/**
 * Reads a key revocation list. Extensions that are not critical are passed over, and so are signatures, as by OpenSSH since
 * 9.4: where a list comes from is the caller's to know.
 *
 * @throws {FormatError} it is malformed, longer than MAX_KRL, or has more than MAX_SERIAL_RANGES
 */
export function parseKrl(bytes: Uint8Array): Krl {
  if (bytes.length > MAX_KRL)
    throw new FormatError(`Cannot read KRL: found ${bytes.length} bytes, at most ${MAX_KRL} expected`);
  if (!isKrl(bytes)) throw new FormatError('Cannot read KRL: it does not begin as one');
  const reader = new Reader(bytes);
  reader.bytes(KRL_MAGIC.length);
  const format = reader.uint32();
  if (format !== KRL_FORMAT)
    throw new FormatError(`Cannot read KRL: found format ${format}, ${KRL_FORMAT} expected`);
  const krl = new Krl();
  krl.version = reader.uint64();
  krl.generated = reader.uint64();
  reader.uint64(); // flags, none of which is defined
  reader.string(reader.remaining); // reserved
  krl.comment = reader.text(MAX_TEXT);
  readSections(krl, reader);
  return krl;
}

function readSections(krl: Krl, reader: Reader): void {
  const room = { ranges: MAX_SERIAL_RANGES };
  let isSigned = false;
  while (reader.remaining > 0) {
    const type = reader.byte();
    const data = reader.string(reader.remaining);
    if (type === section.signature) {
      isSigned = true; // data is the key, whose signature follows
      reader.string(reader.remaining);
    } else if (isSigned) throw new FormatError(`Cannot read KRL: section ${type} stands behind a signature`);
    else readSection(krl, type, new Reader(data), room);
  }
}

/** How many more ranges may come. */
interface Room {
  ranges: number;
}

function readSection(krl: Krl, type: number, data: Reader, room: Room): void {
  switch (type) {
    case section.certificates:
      return readCertificates(krl, data, room);
    case section.explicitKey:
      return readBlobs(krl.keys, data);
    case section.sha1:
      return readBlobs(krl.sha1, data, 20);
    case section.sha256:
      return readBlobs(krl.sha256, data, 32);
    case section.extension:
      return readExtension(data);
    default:
      throw new FormatError(`Cannot read KRL: section ${type} is not known`);
  }
}

function readBlobs(into: Set<string>, data: Reader, length?: number): void {
  while (data.remaining > 0) {
    const blob = data.string(data.remaining);
    if (length !== undefined && blob.length !== length)
      throw new FormatError(`Cannot read KRL: found a hash of ${blob.length} bytes, ${length} expected`);
    into.add(blob.toHex());
  }
}

function readExtension(data: Reader): void {
  const name = data.text(MAX_TEXT);
  if (data.boolean())
    throw new FormatError(`Cannot read KRL: critical extension ${JSON.stringify(name)} is not known`);
  data.string(data.remaining);
  data.end();
}

function readCertificates(krl: Krl, data: Reader, room: Room): void {
  const ca = data.string(data.remaining);
  if (ca.length > 0 && parsePublicKeyBlob(ca).certifiedKey !== undefined)
    throw new FormatError('Cannot read KRL: the key of a CA is a certificate');
  const revoked = krl.certificatesOf(ca.length === 0 ? undefined : ca);
  data.string(data.remaining); // reserved
  while (data.remaining > 0) {
    const type = data.byte();
    const part = new Reader(data.string(data.remaining));
    readCertificateSection(revoked, type, part, room);
    part.end();
  }
}

function readCertificateSection(revoked: RevokedCertificates, type: number, data: Reader, room: Room): void {
  switch (type) {
    case certificateSection.serialList:
      while (data.remaining > 0) {
        const serial = data.uint64();
        addRange(revoked.serials, serial, serial, room);
      }
      return;
    case certificateSection.serialRange:
      return addRange(revoked.serials, data.uint64(), data.uint64(), room);
    case certificateSection.serialBitmap:
      return readBitmap(revoked.serials, data.uint64(), data.string(MAX_BITMAP + 1), room);
    case certificateSection.keyId:
      return readKeyIds(revoked.keyIds, data);
    case certificateSection.extension:
      return readExtension(data);
    default:
      throw new FormatError(`Cannot read KRL: certificate section ${type} is not known`);
  }
}

function readKeyIds(into: Set<string>, data: Reader): void {
  while (data.remaining > 0) {
    const keyId = data.string(MAX_TEXT);
    if (keyId.includes(0)) throw new FormatError('Cannot read KRL: a key id holds a NUL');
    into.add(keyId.toHex());
  }
}

/** An mpint whose lowest bit stands for the serial number `start`. */
function readBitmap(serials: SerialRanges, start: bigint, bitmap: Uint8Array, room: Room): void {
  if ((bitmap[0] ?? 0) >= 0x80) throw new FormatError('Cannot read KRL: a bitmap is negative');
  if (bitmap.length > MAX_BITMAP && bitmap[0] !== 0)
    throw new FormatError(`Cannot read KRL: a bitmap is longer than ${MAX_BITMAP} bytes`);
  const count = bitmap.length * 8;
  const isSet = (bit: number): boolean =>
    bit < count && ((bitmap[bitmap.length - 1 - (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
  for (let bit = 0; bit < count; bit += 1) {
    if (!isSet(bit)) continue;
    const first = bit;
    while (isSet(bit + 1)) bit += 1;
    addRange(serials, start + BigInt(first), start + BigInt(bit), room);
  }
}

function addRange(serials: SerialRanges, first: bigint, last: bigint, room: Room): void {
  if (first === 0n || last < first || last >= 2n ** 64n)
    throw new FormatError(`Cannot read KRL: ${first} to ${last} are no serial numbers`);
  room.ranges -= 1;
  if (room.ranges < 0)
    throw new FormatError(`Cannot read KRL: more than ${MAX_SERIAL_RANGES} ranges of serial numbers`);
  serials.add(first, last);
}
