// PEM (RFC 7468, and RFC 1421 for headers), as key files have it.
import { FormatError } from '@orrery/bytes';
import { decodeBase64 } from './public-key.ts';

export interface Armoured {
  readonly label: string;
  /** Such as `DEK-Info`, in their order. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

/** The first block whose label ends in `kind`; undefined if there is none. @throws {FormatError} it is malformed. */
export function readArmour(text: string, kind: 'PRIVATE KEY' | 'PUBLIC KEY'): Armoured | undefined {
  const begin = new RegExp(`^-----BEGIN ([A-Z0-9 ]*${kind})-----[ \\t]*\\r?\\n`, 'm').exec(text);
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

/** The text of a block. @param lineLength Of base64: OpenSSH writes 70 characters, OpenSSL 64. */
export function printArmour({ label, headers, bytes }: Armoured, lineLength: 64 | 70): string {
  const lines = bytes.toBase64().match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
  const before = headers.entries().map(([name, value]) => `${name}: ${value}`);
  const gap = headers.size > 0 ? [''] : [];
  return [`-----BEGIN ${label}-----`, ...before, ...gap, ...lines, `-----END ${label}-----`, ''].join('\n');
}
