// The server is several processes of one program. Each begins as `qsshd --role NAME ...` and knows only its own part.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { reasonOf } from '../copy/reason.ts';

const roles = ['server', 'signer', 'worker', 'session', 'reader', 'terminal', 'keeper'] as const;
export type Role = (typeof roles)[number];

/** The flag before the name of a role; no part of the command line for people. */
export const ROLE_FLAG = '--role';

/** The file descriptor of the pipe between a process and the one that started it. */
export const LINK_FD = 3;

/** The file descriptor of the pipe for orders to the keeper of a terminal; what is typed and shown goes by the other. */
export const KEEPER_CONTROL_FD = 4;

/** The file descriptor of the pipe between a session process and the signer. */
export const SIGNER_FD = 5;

export interface RoleOptions {
  readonly stdio: StdioOptions;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  readonly detached?: boolean;
  /** Variables that it sees besides the usual ones. */
  readonly variables?: readonly string[];
  /** By default it keeps no folder busy. */
  readonly cwd?: string;
}

/** Variables of the environment that a part of the server sees; nothing else of the outside gets in. */
const kept = ['HOME', 'TZ', 'LANG', 'LC_ALL', 'NODE_ENV'];

/** Options of Node for all of them: no signal opens a debugger. */
const NODE_OPTIONS = ['--no-warnings', '--disable-sigusr1'];

/** The command that starts a part of the server. */
export function roleCommand(role: Role, args: readonly string[]): { file: string; args: string[] } {
  const program = process.argv[1];
  if (program === undefined)
    throw new TypeError('Cannot start a part of the server: the program has no name');
  return { file: process.execPath, args: [...NODE_OPTIONS, program, ROLE_FLAG, role, ...args] };
}

/** Starts a part of the server. @throws {Error} if the system has no room for another process, or none for its pipes. */
export function startRole(role: Role, args: readonly string[], options: RoleOptions): ChildProcess {
  let child: ChildProcess;
  try {
    child = spawnRole(role, args, options);
  } catch (cause) {
    throw new Error(`Cannot start a part of the server: ${reasonOf(cause)}`, { cause });
  }
  if (child.pid !== undefined) return child;
  // Node tells the reason later, and leaves open what pipes there are.
  child.on('error', () => undefined);
  const pipes: ChildProcess['stdio'] | undefined = child.stdio;
  for (const pipe of pipes ?? []) pipe?.destroy();
  if (child.connected) child.disconnect();
  throw new Error('Cannot start a part of the server: the system has no room for another process');
}

function spawnRole(role: Role, args: readonly string[], options: RoleOptions): ChildProcess {
  const command = roleCommand(role, args);
  const variables = [...kept, ...(options.variables ?? [])];
  return spawn(command.file, [...(options.nodeOptions ?? []), ...command.args], {
    stdio: options.stdio,
    serialization: 'json',
    detached: options.detached ?? false,
    cwd: options.cwd ?? '/',
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => variables.includes(name))),
    },
  });
}
