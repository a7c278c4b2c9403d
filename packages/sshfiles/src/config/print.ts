import { writeHomeMarks } from './home-mark.ts';
import { type SshConfig, allLines } from './parse.ts';
import { fromByteString } from './tokens.ts';

/** The bytes of a config: exactly those that it was parsed from. */
export function printConfig(config: SshConfig): Uint8Array {
  const text = allLines(config).map((line) => line.source);
  return fromByteString(writeHomeMarks(text.join('')));
}
