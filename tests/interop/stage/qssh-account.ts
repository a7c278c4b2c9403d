import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Screen } from '../../e2e/stage/screen.ts';
import { type Sshd, startSshd } from '../../e2e/stage/sshd.ts';

const bin = join(import.meta.dirname, '../../../bin');
const program = join(bin, 'qssh');

/** A screen runs programs by node. */
const shellProgram = `require('child_process').spawnSync('bash', ['--norc', '-i'], { stdio: 'inherit', env: { ...process.env, PS1: '$ ' } })`;

/** Milliseconds after which a run that hangs is ended. */
const PATIENCE = 30_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody with a home of their own, and an sshd that they may log in to. */
export interface Account {
  readonly home: string;
  readonly user: string;
  readonly sshd: Sshd;
  /** The public key of sshd: type and base64. */
  readonly hostKey: string;
  readonly knownHosts: string;
  /** Words that lead to sshd, with its key already known. */
  readonly way: readonly string[];
  /** Runs qssh without a terminal. */
  run(
    words: readonly string[],
    input?: string | Uint8Array,
    environment?: Readonly<Record<string, string>>,
  ): Promise<Ended>;
  /** Runs another of our clients without a terminal. */
  copy(
    client: 'qscp' | 'qsftp',
    words: readonly string[],
    environment?: Readonly<Record<string, string>>,
    input?: string,
  ): Promise<Ended>;
  /** Runs qssh from a file, with its output in a pipe to a command of the shell; the result is that of the command. */
  pipe(words: readonly string[], command: string, file?: string): Promise<Ended>;
  /** Runs a client at a terminal: qssh, unless told otherwise. */
  screen(words: readonly string[], client?: 'qscp' | 'qsftp'): Screen;
  /** A shell with jobs at a terminal, and the line that runs qssh in it, behind a program that waits for it. */
  shell(words: readonly string[]): { readonly screen: Screen; readonly line: string };
  end(): Promise<void>;
}

/** @param settings Lines of sshd_config. */
export async function createAccount(settings: readonly string[] = []): Promise<Account> {
  const folder = mkdtempSync(join(tmpdir(), 'qssh-'));
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  const key = join(home, '.ssh', 'id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const sshd = await startSshd(join(folder, 'sshd'), readFileSync(`${key}.pub`, 'utf8'), settings);
  const [type = '', base64 = ''] = readFileSync(join(folder, 'sshd', 'host_key.pub'), 'utf8').split(' ');
  const hostKey = `${type} ${base64}`;
  const knownHosts = join(home, '.ssh', 'known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${hostKey}\n`);
  const { username: user } = userInfo();
  return {
    home,
    user,
    sshd,
    hostKey,
    knownHosts,
    way: ['-p', String(sshd.port), '127.0.0.1'],
    run: (words, input = '', environment = {}) =>
      run(home, [process.execPath, program, ...words], input, environment),
    copy: (client, words, environment = {}, input = '') =>
      run(home, [process.execPath, join(bin, client), ...words], input, environment),
    pipe: (words, command, file = '/dev/null') =>
      run(home, ['sh', '-c', `"$@" < "$0" | ${command}`, file, process.execPath, program, ...words], '', {}),
    screen: (words, client) =>
      new Screen({ home }, words, client === undefined ? program : join(bin, client)),
    shell: (words) => ({
      screen: new Screen({ home }, [shellProgram], '-e'),
      line: `sh -c '"$0" "$@"; exit $?' ${[process.execPath, program, ...words].map((word) => `'${word}'`).join(' ')}`,
    }),
    async end() {
      await sshd.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function run(
  home: string,
  words: readonly string[],
  input: string | Uint8Array,
  more: Readonly<Record<string, string>>,
): Promise<Ended> {
  const own = { PATH: process.env['PATH'], HOME: home, SHELL: '/bin/sh', LC_QSSH: 'from here' };
  const environment = { ...own, ...more };
  // In a session of its own there is no terminal to ask on.
  const child = spawn('setsid', ['-w', ...words], {
    env: environment,
    timeout: PATIENCE,
  });
  child.stdin.on('error', () => undefined).end(input);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  await once(child, 'close');
  return { code: child.exitCode, ...texts };
}
