import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';

const OPEN_FILES = '/proc/self/fd';

/** Of the flags of an open file: it is closed when the process becomes another program. */
const CLOSE_ON_EXEC = 0o2_000_000;

/**
 * Closes what whoever started the server had open and left to it, beside standard input, output and errors: the programs of
 * users would get it, too. What this process opened itself is not passed on.
 */
export function closeInherited(): void {
  for (const name of existsSync(OPEN_FILES) ? readdirSync(OPEN_FILES) : []) {
    const descriptor = Number(name);
    if (descriptor > 2 && isPassedOn(descriptor)) closeSync(descriptor);
  }
}

function isPassedOn(descriptor: number): boolean {
  try {
    const [, flags = ''] =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
    return flags !== '' && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // the folder itself, which is closed by now
  }
}
