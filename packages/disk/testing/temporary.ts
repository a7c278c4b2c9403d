import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { withTemporary } from '../src/temporary.ts';

/** Above every system's highest process number. */
export const NO_PROCESS = 2 ** 31 - 1;

/** The name of a temporary as a process of this machine with that number makes it. */
export function temporaryName(processNumber: number = process.pid): string {
  const name = withTemporary('.', (path) => basename(path));
  return name.replace(/-\d+(-[\da-f-]{36})$/, `-${processNumber}$1`);
}

/** Puts into the folder what a killed process left there; returns its name. */
export function leaveTemporary(folder: string, processNumber: number = NO_PROCESS): string {
  const name = temporaryName(processNumber);
  writeFileSync(`${folder}/${name}`, 'half');
  return name;
}
