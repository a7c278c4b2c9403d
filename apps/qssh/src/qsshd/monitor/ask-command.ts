// Programs that decide who logs in (sshd_config(5): AuthorizedKeysCommand, AuthorizedPrincipalsCommand).
import { maxAuthorizedKeysBytes } from '@orrery/sshfiles';
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { expandTokens } from '../../sshd-config/tokens.ts';
import { findAccount, type Account } from './accounts.ts';
import { splitCommand } from './split-command.ts';

/** How long a command may take, in milliseconds. */
const PATIENCE = 30_000;

export interface CommandCall {
  /** Of the directive. */
  readonly name: string;
  /** As the directive has it; undefined: there is none. */
  readonly command: string | undefined;
  /** The user to run it as. */
  readonly runner: string | undefined;
  /** Who logs in. */
  readonly user: string;
  readonly tokens: Readonly<Record<string, string>>;
  /** The arguments of a command that has none. */
  readonly fallback: readonly string[];
  readonly log: (text: string) => void;
}

/** What the command prints, run as its own user; undefined if there is none or it fails. */
export async function askCommand(call: CommandCall): Promise<Uint8Array | undefined> {
  const { name, command, runner, user, tokens, fallback, log } = call;
  if (command === undefined) return undefined;
  const [program = '', ...words] = splitCommand(command);
  const args = words.map((word) => expandTokens(word, tokens));
  const as = runner === undefined ? undefined : await findAccount(runner.replace('%u', user));
  // What a stranger's certificate says may be among the arguments, and no argument holds a NUL.
  if (as === undefined || !isRootsOwn(program) || args.some((text) => text.includes('\0'))) {
    log(`Cannot run ${name} "${program}": it, its user or an argument is not fit for that`);
    return undefined;
  }
  return run(call, program, args.length === 0 ? fallback : args, as);
}

/** Only root may have written what decides who logs in. */
function isRootsOwn(program: string): boolean {
  try {
    const { uid, mode } = statSync(program);
    return (uid === 0 || uid === process.getuid?.()) && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function run(
  { name: directive, log }: CommandCall,
  program: string,
  args: readonly string[],
  { uid, gid, home, name }: Account,
): Promise<Uint8Array | undefined> {
  const identity = process.getuid?.() === 0 ? { uid, gid } : {};
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: '/',
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', USER: name, LOGNAME: name, HOME: home },
    ...identity,
  });
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    log(`Cannot run ${directive} "${program}": the system does not start it`);
    return Promise.resolve(undefined);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  child.stdout.on('data', (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > maxAuthorizedKeysBytes) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  return new Promise((done) => {
    child.once('close', (code, signal) => {
      if (code !== 0) log(`${directive} "${program}" failed: ${signal ?? `status ${code}`}`);
      done(code === 0 ? new Uint8Array(Buffer.concat(chunks)) : undefined);
    });
  });
}
