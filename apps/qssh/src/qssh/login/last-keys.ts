// Which key worked last for a host: offered first and signed at once, a login takes one flight less.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrivateFolder, writeFileAtomic } from '@orrery/disk';

/** Hosts that are remembered. */
const MAX_HOSTS = 1000;

/** The file below the home folder: lines `user@host:port SHA256:...`, the latest last. */
function pathIn(home: string): string {
  return join(home, '.qssh', 'last_keys');
}

/** The fingerprint of the key that worked last. What cannot be read was not remembered. */
export function lastKey(home: string, place: string): string | undefined {
  return readLines(home).findLast(([name]) => name === place)?.[1];
}

/** Remembers a key. @throws what the system says */
export function rememberKey(home: string, place: string, fingerprint: string): void {
  const others = readLines(home).filter(([name]) => name !== place);
  const lines = [...others, [place, fingerprint]].slice(-MAX_HOSTS);
  ensurePrivateFolder(join(home, '.qssh'));
  const text = lines.map((line) => `${line.join(' ')}\n`).join('');
  writeFileAtomic(pathIn(home), new TextEncoder().encode(text), { mode: 0o600 });
}

function readLines(home: string): (readonly [string, string])[] {
  try {
    const lines = readFileSync(pathIn(home), 'utf8').split('\n');
    return lines.flatMap((line) => {
      const [, name, fingerprint] = /^(\S+) (SHA256:\S+)$/.exec(line) ?? [];
      return name === undefined || fingerprint === undefined ? [] : [[name, fingerprint] as const];
    });
  } catch {
    return [];
  }
}
