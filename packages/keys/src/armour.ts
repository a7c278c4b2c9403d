// PEM (RFC 7468, and RFC 1421 for headers), as key files have it.
import { FormatError } from '@orrery/bytes';
import { decodeBase64 } from './public-key.ts';

/** Characters of base64 in a line, as OpenSSH writes them. */
const LINE = 70;

export interface Armoured {
  readonly label: string;
  /** Such as `DEK-Info`, in their order. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

/** The first block whose label ends in PRIVATE KEY; undefined if there is none. @throws {FormatError} it is malformed. */
export function readArmour(text: string): Armoured | undefined {
  const begin = /^-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[ \t]*\r?\n/m.exec(text);
  if (begin === null) return undefined;
  const [line, label = ''] = begin;
  const start = begin.index + line.length;
  const end = text.indexOf(`-----END ${label}-----`, start);
  if (end === -1) throw new FormatError(`Cannot read block "${label}": its end is missing`);
  const lines = text.slice(start, end).split(/\r?\n/);
  const headers = new Map<string, string>();
  for (let colon = lines[0]?.indexOf(':') ?? -1; colon !== -1; colon = lines[0]?.indexOf(':') ?? -1) {
    const header = lines.shift() ?? '';
    headers.set(header.slice(0, colon), header.slice(colon + 1).trim());
  }
  return { label, headers, bytes: decodeBase64(lines.join('')) };
}

/** The text of a block without headers. */
export function printArmour(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
