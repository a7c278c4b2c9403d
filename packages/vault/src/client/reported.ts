import { decode, encode, FormatError, uint32 } from '@orrery/bytes';
import type { Home } from './home.ts';

/** The number of the entry up to which a person was told the news; undefined if nobody was, or it cannot be read. */
export function readReported(home: Home): number | undefined {
  const bytes = home.read('reported');
  if (bytes === undefined) return undefined;
  try {
    return decode(uint32, bytes);
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

export function writeReported(home: Home, number: number): void {
  home.write('reported', encode(uint32, number));
}
