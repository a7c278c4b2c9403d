import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the server's files are unless others are named: the system's, or without root those of its user. */
export function serverFolder(): string {
  return process.getuid?.() === 0 ? '/etc/ssh' : join(homedir(), '.qssh');
}
