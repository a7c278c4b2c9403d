// Programs that copy files, ours and OpenSSH's.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const bin = resolve(import.meta.dirname, '../../../bin');

/** Words that run one of our programs. */
export function ours(program: 'qsftp' | 'qscp' | 'qsftp-server'): readonly string[] {
  return [process.execPath, join(bin, program)];
}

export const OPENSSH_SERVER = '/usr/lib/openssh/sftp-server';

/** Our server, as `-D` takes it. */
export const OUR_SERVER = ours('qsftp-server').join(' ');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Its output is read as Latin-1, so that every byte is seen. */
export async function runWords(
  words: readonly string[],
  input: string | Buffer = '',
  cwd?: string,
): Promise<Ended> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, TZ: 'UTC' },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<number | null>((settle) => void child.once('close', settle));
  child.stdout.setEncoding('latin1');
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** Names, sizes and modes of everything in a folder, as one text, with names in Latin-1. */
export function treeOf(folder: string): string[] {
  const entries = readdirSync(folder, { encoding: 'latin1', recursive: true }).toSorted();
  return entries.map((name) => {
    const stats = statSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]));
    const size = stats.isFile() ? stats.size : 'folder';
    return `${name} ${size} ${(stats.mode & 0o777).toString(8)}`;
  });
}

/** An empty folder. */
export function emptied(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Whether two files have the same bytes. */
export function areEqual(one: string, other: string): boolean {
  return readFileSync(one).equals(readFileSync(other));
}
