// Our server, in a process of its own, for one test file.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after } from 'node:test';

/** The program, as it is built for all tests of a run; from its source where a test is run by itself. */
export const QSSHD = resolve(
  process.env['ORRERY_BUILT'] ?? join(import.meta.dirname, '../../..'),
  'bin/qsshd',
);

export interface Qsshd {
  readonly port: number;
  readonly pid: number;
  /** The private key that may log in. */
  readonly key: string;
  /** The line of its public key. */
  readonly keyLine: string;
  readonly config: string;
  /** What it logged. */
  log(): string;
  /** Waits until the log has this in it. */
  logged(text: string | RegExp): Promise<void>;
  /** From now on these lines are the authorised keys. */
  authorize(lines: string): void;
  stop(): Promise<void>;
}

/**
 * Starts one that lets anybody in with its key, and stops it after the tests.
 * @param config Lines that come first. @param matches Lines that come last, behind Match.
 * @param prefix Words of a command before the server's own, which becomes the server.
 */
export async function startQsshd(
  folder: string,
  config: readonly string[] = [],
  matches: readonly string[] = [],
  prefix: readonly string[] = [],
): Promise<Qsshd> {
  for (const name of ['host_key', 'user_key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)]);
  const keyLine = readFileSync(join(folder, 'user_key.pub'), 'utf8').trim();
  const authorized = join(folder, 'authorized_keys');
  writeFileSync(authorized, `${keyLine}\n`);
  const file = join(folder, 'qsshd_config');
  const standard = [
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${authorized}`,
    'PermitRootLogin yes',
    'StrictModes no',
    'PidFile none',
    'LogLevel DEBUG',
    'PerSourcePenalties no',
  ];
  writeFileSync(file, [...config, ...standard, ...matches].map((line) => `${line}\n`).join(''));
  const words = [...prefix, process.execPath, QSSHD, '-D', '-e', '-f', file, '--listen', '127.0.0.1:0'];
  const program = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(program, 'exit');
  let log = '';
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const logged = async (text: string | RegExp): Promise<void> => {
    while (typeof text === 'string' ? !log.includes(text) : !text.test(log)) {
      if (program.exitCode !== null) throw new Error(`Cannot go on: qsshd has ended: ${log}`);
      await Promise.race([once(program.stderr, 'data'), ended]);
    }
  };
  const stop = async (): Promise<void> => {
    program.kill('SIGTERM');
    await ended;
  };
  after(stop);
  await logged('Server listening');
  return {
    port: Number(/Server listening on 127\.0\.0\.1 port (\d+)/.exec(log)?.[1]),
    pid: program.pid ?? 0,
    key: join(folder, 'user_key'),
    keyLine,
    config: file,
    log: () => log,
    logged,
    authorize: (lines) => writeFileSync(authorized, lines),
    stop,
  };
}
