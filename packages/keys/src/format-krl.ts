import { Writer } from '@orrery/bytes';
import { KRL_FORMAT, KRL_MAGIC, MAX_BITMAP, certificateSection, section } from './krl-sections.ts';
import type { Krl, RevokedCertificates } from './krl.ts';
import type { SerialRange } from './serial-ranges.ts';

/** Serial numbers in a bitmap. */
const MAX_SPAN = BigInt(MAX_BITMAP * 8);
/** The gap between two numbers from which another number in a list is shorter than a bitmap with both. */
const MAX_GAP = 64n;
/** The length from which a range is shorter than its bits in a bitmap. */
const LONG_RANGE = 256n;

/** The file of a key revocation list. @throws {RangeError} a comment with a lone surrogate, a version that is none. */
export function formatKrl(krl: Krl): Uint8Array {
  const writer = new Writer().bytes(KRL_MAGIC).uint32(KRL_FORMAT);
  writer.uint64(krl.version).uint64(krl.generated).uint64(0n).text('').text(krl.comment);
  for (const revoked of krl.certificates())
    writer.byte(section.certificates).string(certificatesData(revoked));
  for (const [type, set] of [
    [section.explicitKey, krl.keys],
    [section.sha1, krl.sha1],
    [section.sha256, krl.sha256],
  ] as const)
    if (set.size > 0) writer.byte(type).string(strings(set));
  return writer.finish();
}

function certificatesData({ caKey, serials, keyIds }: RevokedCertificates): Uint8Array {
  const writer = new Writer().string(caKey ?? new Uint8Array()).text('');
  const { single = [], many = [] } = Object.groupBy(clusters(serials.sorted()), ([range, ...others]) =>
    others.length === 0 && range.first === range.last ? 'single' : 'many',
  );
  if (single.length > 0) {
    const list = new Writer();
    for (const [{ first }] of single) list.uint64(first);
    writer.byte(certificateSection.serialList).string(list.finish());
  }
  for (const cluster of many) writeCluster(writer, cluster);
  if (keyIds.size > 0) writer.byte(certificateSection.keyId).string(strings(keyIds));
  return writer.finish();
}

/** In the order of their bytes: hexadecimal keeps it. */
function strings(set: ReadonlySet<string>): Uint8Array {
  const writer = new Writer();
  for (const hex of [...set].toSorted((a, b) => (a < b ? -1 : 1))) writer.string(Uint8Array.fromHex(hex));
  return writer.finish();
}

/** Ranges that stand together in one section. */
type Cluster = readonly [SerialRange, ...SerialRange[]];

/** Long ranges each alone; others with those that are near, as far as a bitmap reaches. */
function clusters(ranges: readonly SerialRange[]): Cluster[] {
  const result: [SerialRange, ...SerialRange[]][] = [];
  for (const range of ranges) {
    const cluster = result.at(-1);
    if (cluster !== undefined && isNear(cluster, range)) cluster.push(range);
    else result.push([range]);
  }
  return result;
}

function isNear(cluster: Cluster, range: SerialRange): boolean {
  const last = cluster.at(-1)?.last ?? 0n;
  const [{ first }] = cluster;
  const isShort = length(range) < LONG_RANGE && length(cluster[0]) < LONG_RANGE;
  return isShort && range.first - last <= MAX_GAP && range.last - first < MAX_SPAN;
}

function writeCluster(writer: Writer, cluster: Cluster): void {
  const [{ first, last }] = cluster;
  if (cluster.length > 1)
    writer
      .byte(certificateSection.serialBitmap)
      .string(new Writer().uint64(first).string(bitmap(cluster)).finish());
  else writer.byte(certificateSection.serialRange).string(new Writer().uint64(first).uint64(last).finish());
}

/** An mpint. Its highest bit is that of the last number. */
function bitmap(cluster: Cluster): Uint8Array {
  const start = cluster[0].first;
  const count = Number((cluster.at(-1)?.last ?? start) - start) + 1;
  // A byte more where the highest bit would be that of the sign.
  const bytes = new Uint8Array((count >> 3) + 1);
  for (const { first, last } of cluster)
    for (let bit = Number(first - start); bit <= Number(last - start); bit += 1) {
      const at = bytes.length - 1 - (bit >> 3);
      bytes[at] = (bytes[at] ?? 0) | (1 << (bit & 7));
    }
  return bytes;
}

function length({ first, last }: SerialRange): bigint {
  return last - first + 1n;
}
