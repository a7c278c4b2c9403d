import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { hashHostName } from '@orrery/sshfiles';

/** Adds a line to a known_hosts file, which is made with its folder if it is not there. @throws what the system says */
export function addKnownHost(
  file: string,
  { name, type, key, isHashed }: { name: string; type: string; key: string; isHashed: boolean },
): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const descriptor = openSync(file, 'a+', 0o600);
  try {
    const before = endsWithNewline(descriptor) ? '' : '\n';
    appendFileSync(descriptor, `${before}${isHashed ? hashHostName(name) : name} ${type} ${key}\n`);
  } finally {
    closeSync(descriptor);
  }
}

/** A line without an end would swallow the next one. */
function endsWithNewline(descriptor: number): boolean {
  const { size, isFile } = { size: fstatSync(descriptor).size, isFile: fstatSync(descriptor).isFile() };
  const last = new Uint8Array(1);
  if (!isFile || size === 0) return true;
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0] === 0x0a;
}
