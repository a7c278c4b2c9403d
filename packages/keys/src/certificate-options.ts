// The critical options and extensions of a certificate (OpenSSH's PROTOCOL.certkeys).
import { FormatError, Reader, Writer, decode, encode, text, utf8 } from '@orrery/bytes';

/** Longest name of an option, in bytes. */
const MAX_NAME = 1024;
/** Longest data of an option, in bytes. */
const MAX_DATA = 32_768;

const content = text(MAX_DATA);

/** By name, the data as they stand: empty for a flag, a string for an option with a text. */
export type CertificateOptions = ReadonlyMap<string, Uint8Array>;

/** @throws {FormatError} for options that are not sorted by name, or repeated, which a CA must not write. */
export function readOptions(bytes: Uint8Array): CertificateOptions {
  const reader = new Reader(bytes);
  const options = new Map<string, Uint8Array>();
  let last = '';
  while (reader.remaining > 0) {
    const name = reader.text(MAX_NAME);
    const order = sortKey(name);
    if (name.includes('\0'))
      throw new FormatError('Cannot read options of certificate: the name of one holds a NUL');
    if (options.size > 0 && order <= last) {
      throw new FormatError(
        `Cannot read options of certificate: ${JSON.stringify(name)} is repeated or not in its order`,
      );
    }
    last = order;
    options.set(name, reader.string(MAX_DATA));
  }
  return options;
}

/** The options in their order. */
export function writeOptions(options: CertificateOptions): Uint8Array {
  const writer = new Writer();
  const sorted = [...options].map(([name, data]) => ({ name, data, order: sortKey(name) }));
  for (const { name, data } of sorted.toSorted((a, b) => (a.order < b.order ? -1 : 1)))
    writer.text(name).string(data);
  return writer.finish();
}

/** The data of an option: of one with a text, or of a flag. */
export function certificateOptionData(value?: string): Uint8Array {
  return value === undefined ? new Uint8Array() : encode(content, value);
}

/** The text of an option. @throws {FormatError} it is not one with a text, or holds a NUL, where programs stop reading. */
export function certificateOptionText(data: Uint8Array): string {
  const value = decode(content, data);
  if (value.includes('\0')) throw new FormatError('Cannot read option of certificate: it holds a NUL');
  return value;
}

/** Compares as the bytes of a name do. */
function sortKey(name: string): string {
  return utf8(name).toHex();
}
