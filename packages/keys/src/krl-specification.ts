// What `ssh-keygen -k` reads (ssh-keygen(1), KEY REVOCATION LISTS).
import { FormatError } from '@orrery/bytes';
import type { Krl } from './krl.ts';
import { parsePublicKeyLine } from './public-key.ts';
import type { SerialRange } from './serial-ranges.ts';

/** Longest specification, in characters. */
export const MAX_KRL_SPECIFICATION = 2 ** 25;

/** The CA whose certificates are meant: the blob of its key, or any. */
export type RevokingCa = Uint8Array | 'any';

/**
 * Revokes what a specification says: lines with `serial:`, `id:`, `key:`, `sha1:`, `sha256:` and `hash:`, and lines with a
 * key or a certificate. What stands behind `#` is a comment.
 * @param ca Without it, no certificates can be revoked by serial number or key id.
 * @throws {FormatError} for a line that is none of these; what stood before it is revoked by then.
 */
export function revokeBySpecification(krl: Krl, text: string, ca?: RevokingCa): void {
  if (text.length > MAX_KRL_SPECIFICATION)
    throw new FormatError(
      `Cannot read KRL specification: found ${text.length} characters, at most ${MAX_KRL_SPECIFICATION} expected`,
    );
  for (const [index, source] of text.split('\n').entries()) {
    const line = (source.split('#', 1)[0] ?? '').trim();
    if (line === '') continue;
    try {
      revokeLine(krl, line, ca);
    } catch (cause) {
      if (!(cause instanceof FormatError || cause instanceof RangeError)) throw cause;
      throw new FormatError(`Cannot read line ${index + 1} of KRL specification: ${cause.message}`, {
        cause,
      });
    }
  }
}

function revokeLine(krl: Krl, line: string, ca: RevokingCa | undefined): void {
  const [start = '', name = ''] = /^(serial|id|hash|key|sha1|sha256):[ \t]*/i.exec(line) ?? [];
  revocations[name.toLowerCase()]?.(krl, line.slice(start.length), ca);
}

type Revoke = (krl: Krl, value: string, ca: RevokingCa | undefined) => void;

const revocations: Readonly<Record<string, Revoke>> = {
  serial: (krl, value, ca) => {
    const { first, last } = serials(value);
    krl.revokeSerials(caKey(ca), first, last);
  },
  id: (krl, value, ca) => krl.revokeKeyId(caKey(ca), value),
  hash: (krl, value) => void krl.sha256.add(fingerprintHash(value).toHex()),
  key: (krl, value) => krl.revokeKey(parsePublicKeyLine(value).blob),
  sha1: (krl, value) => krl.revokeKeyByHash('sha1', parsePublicKeyLine(value).blob),
  sha256: (krl, value) => krl.revokeKeyByHash('sha256', parsePublicKeyLine(value).blob),
  '': (krl, value) => krl.revoke(parsePublicKeyLine(value).blob),
};

function caKey(ca: RevokingCa | undefined): Uint8Array | undefined {
  if (ca === undefined) throw new FormatError('to revoke certificates, a CA key must be given');
  return ca === 'any' ? undefined : ca;
}

/** A number, or two with `-` between. @throws {FormatError} */
function serials(value: string): SerialRange {
  const [, start = '', end] = /^([\da-fx]+)(?:-([\da-fx]+))?$/i.exec(value) ?? [];
  const [first, last] = [integer(start), integer(end ?? start)];
  if (first === undefined || last === undefined || (end !== undefined && last <= first))
    throw new FormatError(`serial number ${JSON.stringify(value)} is none, and no range`);
  return { first, last };
}

/** As C writes them: decimal, `0x` and hexadecimal, `0` and octal. */
function integer(text: string): bigint | undefined {
  if (/^(?:0x[\da-f]+|[1-9]\d*|0)$/i.test(text)) return BigInt(text);
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text}`) : undefined;
}

/** The hash in a fingerprint such as `SHA256:` and base64. @throws {FormatError} */
function fingerprintHash(value: string): Uint8Array {
  const [, base64 = ''] = /^SHA256:([A-Za-z0-9+/]{43})=?$/.exec(value) ?? [];
  if (base64 === '') throw new FormatError(`fingerprint ${JSON.stringify(value)} is none of SHA-256`);
  return Uint8Array.fromBase64(base64);
}
