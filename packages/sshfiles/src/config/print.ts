import type { SshConfig } from './parse.ts';
import { fromByteString } from './tokens.ts';

/** The bytes of a config: exactly those that it was parsed from. */
export function printConfig(config: SshConfig): Uint8Array {
  const lines = config.blocks.flatMap(({ head, lines: body }) =>
    head === undefined ? body : [head, ...body],
  );
  return fromByteString(lines.map((line) => line.source).join(''));
}
