// The two programs that make keys, run on the same input.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const OURS = join(import.meta.dirname, '../../../bin/qssh-keygen');
export const THEIRS = 'ssh-keygen';

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without a terminal, in a folder that is the home as well. */
export function keygen(
  program: string,
  folder: string,
  words: readonly string[],
  input: string | Uint8Array = '',
  more: Readonly<Record<string, string>> = {},
): Said {
  const { status, stdout, stderr } = spawnSync('setsid', ['-w', program, ...words], {
    cwd: folder,
    encoding: 'utf8',
    input,
    env: { PATH: process.env['PATH'], HOME: folder, TZ: 'UTC', ...more },
  });
  return { status, stdout, stderr };
}
