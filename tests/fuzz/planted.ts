// A parser with a defect behind two conditions: the control that shows that the fuzzer finds what random bytes do not.
import { FormatError, Reader } from '@orrery/bytes';

/** Names behind a version, each with a kind. @throws {FormatError} */
export function readPlanted(bytes: Uint8Array): string[] {
  const reader = new Reader(bytes);
  if (reader.byte() !== 0x53) throw new FormatError('the version is wrong');
  const names = [];
  while (reader.remaining > 0) {
    const kind = reader.byte();
    if (kind > 3) throw new FormatError('the kind is wrong');
    const name = reader.text(64);
    if (kind === 2) throw new TypeError('the planted defect');
    names.push(name);
  }
  return names;
}
