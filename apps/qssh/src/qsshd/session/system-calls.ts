// What a program with a terminal needs of the system and Node does not offer, by way of libc (glibc or musl, 64-bit Linux).
import type { TerminalSize } from '@orrery/ssh';
import { constants } from 'node:os';

/** ioctl(2), the same number on x86-64 and arm64. */
const TIOCSCTTY = 0x540e;
const TIOCSWINSZ = 0x5414;

/** spawn.h: signals and mask as at first; a session of its own. */
const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;

/** More than posix_spawnattr_t and posix_spawn_file_actions_t need. */
const OPAQUE = 512;
const SIGNAL_SET = 128;
const POINTER = 8;

const WNOHANG = 1;

/** fcntl(2) and open(2). */
const F_SETFD = 2;
const FD_CLOEXEC = 1n;
const CLOSE_ON_EXEC = 0o2_000_000;

export interface SpawnPlan {
  readonly file: string;
  /** The name of the program first. None of them, nor of the variables, has a NUL in it. */
  readonly args: readonly Uint8Array[];
  /** Each as NAME=value. */
  readonly environment: readonly Uint8Array[];
  readonly folder: string;
  /** What become its standard input, output and errors. */
  readonly stdio: readonly [number, number, number];
  /** Without a terminal, and with a process group of its own. */
  readonly leadsSession: boolean;
}

export type Ended = { readonly code: number } | { readonly signal: string };

export interface OpenTerminal {
  readonly master: number;
  readonly slave: number;
  /** Such as /dev/pts/3. */
  readonly name: string;
}

export interface SystemCalls {
  /** A new pair. @throws {Error} */
  openTerminal(): OpenTerminal;
  /** Makes it the terminal of this process, which leads a session. @throws {Error} */
  takeTerminal(slave: number): void;
  resize(terminal: number, size: TerminalSize): void;
  /** Both ends of a pipe. @throws {Error} */
  openPipe(): { readonly read: number; readonly write: number };
  /** Starts a program by bytes that need not be text, and gives its number. @throws {Error} */
  spawn(plan: SpawnPlan): number;
  /** Resolves when the process has ended that `spawn` started. */
  ended(pid: number): Promise<Ended>;
}

/** @throws {Error} where there is no node:ffi. */
export async function loadSystemCalls(): Promise<SystemCalls> {
  const { dlopen, getRawPointer } = await import('node:ffi');
  const { functions: libc } = dlopen(null, {
    openpty: { arguments: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer'], return: 'int32' },
    ioctl: { arguments: ['int32', 'uint64', 'pointer'], return: 'int32' },
    fcntl: { arguments: ['int32', 'int32', 'int64'], return: 'int32' },
    pipe2: { arguments: ['pointer', 'int32'], return: 'int32' },
    waitpid: { arguments: ['int32', 'pointer', 'int32'], return: 'int32' },
    sigfillset: { arguments: ['pointer'], return: 'int32' },
    posix_spawn: {
      arguments: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'pointer'],
      return: 'int32',
    },
    posix_spawnattr_init: { arguments: ['pointer'], return: 'int32' },
    posix_spawnattr_setflags: { arguments: ['pointer', 'int16'], return: 'int32' },
    posix_spawnattr_setsigdefault: { arguments: ['pointer', 'pointer'], return: 'int32' },
    posix_spawnattr_setsigmask: { arguments: ['pointer', 'pointer'], return: 'int32' },
    posix_spawn_file_actions_init: { arguments: ['pointer'], return: 'int32' },
    posix_spawn_file_actions_adddup2: { arguments: ['pointer', 'int32', 'int32'], return: 'int32' },
    posix_spawn_file_actions_addchdir_np: { arguments: ['pointer', 'pointer'], return: 'int32' },
    posix_spawn_file_actions_destroy: { arguments: ['pointer'], return: 'int32' },
    posix_spawnattr_destroy: { arguments: ['pointer'], return: 'int32' },
  });
  const addressOf = (bytes: Uint8Array): bigint => getRawPointer(bytes);
  const demand = (result: number, what: string): void => {
    if (result !== 0) throw new Error(`Cannot ${what}: error ${result}`);
  };

  const vector = (parts: readonly Uint8Array[]): Buffer => {
    const pointers = Buffer.alloc((parts.length + 1) * POINTER);
    for (const [at, part] of parts.entries()) pointers.writeBigUInt64LE(addressOf(part), at * POINTER);
    return pointers;
  };

  const spawn = (plan: SpawnPlan): number => {
    const [attributes, actions] = [Buffer.alloc(OPAQUE), Buffer.alloc(OPAQUE)];
    const [all, none, pid] = [Buffer.alloc(SIGNAL_SET), Buffer.alloc(SIGNAL_SET), Buffer.alloc(4)];
    const [file, folder] = [terminated(Buffer.from(plan.file)), terminated(Buffer.from(plan.folder))];
    const [args, variables] = [plan.args.map(terminated), plan.environment.map(terminated)];
    const [argv, envp] = [vector(args), vector(variables)];
    // Only addresses are handed on, which keep nothing alive; all of this has to stay until the program has started.
    const kept = [attributes, actions, all, none, pid, file, folder, args, variables, argv, envp];
    inUse.add(kept);
    const flags = SETSIGDEF | SETSIGMASK | (plan.leadsSession ? SETSID : 0);
    demand(libc.posix_spawnattr_init(addressOf(attributes)), 'start a program');
    demand(libc.posix_spawn_file_actions_init(addressOf(actions)), 'start a program');
    try {
      libc.sigfillset(addressOf(all));
      demand(libc.posix_spawnattr_setflags(addressOf(attributes), flags), 'start a program');
      demand(libc.posix_spawnattr_setsigdefault(addressOf(attributes), addressOf(all)), 'reset signals');
      demand(libc.posix_spawnattr_setsigmask(addressOf(attributes), addressOf(none)), 'reset signals');
      demand(
        libc.posix_spawn_file_actions_addchdir_np(addressOf(actions), addressOf(folder)),
        'change the folder',
      );
      for (const [at, descriptor] of plan.stdio.entries())
        demand(libc.posix_spawn_file_actions_adddup2(addressOf(actions), descriptor, at), 'hand a file on');
      const started = libc.posix_spawn(
        addressOf(pid),
        addressOf(file),
        addressOf(actions),
        addressOf(attributes),
        addressOf(argv),
        addressOf(envp),
      );
      demand(started, `start "${plan.file}"`);
      return pid.readInt32LE();
    } finally {
      libc.posix_spawn_file_actions_destroy(addressOf(actions));
      libc.posix_spawnattr_destroy(addressOf(attributes));
      inUse.delete(kept);
    }
  };

  const look = (pid: number): Ended | undefined => {
    const status = Buffer.alloc(4);
    const found = libc.waitpid(pid, addressOf(status), WNOHANG);
    if (found === 0) return undefined;
    return found === pid ? meaningOf(status.readInt32LE()) : { code: 255 };
  };

  return {
    openTerminal: () => {
      const [master, slave, name] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.alloc(256)];
      const result = libc.openpty(addressOf(master), addressOf(slave), addressOf(name), 0n, 0n);
      demand(result, 'open a terminal');
      const pair = { master: master.readInt32LE(), slave: slave.readInt32LE() };
      for (const descriptor of Object.values(pair)) libc.fcntl(descriptor, F_SETFD, FD_CLOEXEC);
      return { ...pair, name: name.subarray(0, name.indexOf(0)).toString() };
    },
    takeTerminal: (slave) => demand(libc.ioctl(slave, BigInt(TIOCSCTTY), 0n), 'take the terminal'),
    resize: (terminal, size) => {
      const numbers = Uint16Array.of(size.rows, size.columns, size.width, size.height);
      const bytes = new Uint8Array(numbers.buffer);
      inUse.add(bytes);
      libc.ioctl(terminal, BigInt(TIOCSWINSZ), addressOf(bytes));
      inUse.delete(bytes);
    },
    openPipe: () => {
      const both = Buffer.alloc(8);
      demand(libc.pipe2(addressOf(both), CLOSE_ON_EXEC), 'open a pipe');
      return { read: both.readInt32LE(0), write: both.readInt32LE(4) };
    },
    spawn,
    ended: (pid) =>
      new Promise((resolve) => {
        const consider = (): void => {
          const end = look(pid);
          if (end === undefined) return;
          process.off('SIGCHLD', consider);
          resolve(end);
        };
        process.on('SIGCHLD', consider);
        consider();
      }),
  };
}

/** What the system reads during a call. */
const inUse = new Set<unknown>();

/** wait(2). */
function meaningOf(status: number): Ended {
  const number = status & 0x7f;
  if (number === 0) return { code: (status >> 8) & 0xff };
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return { signal: name ?? 'SIGKILL' };
}

function terminated(bytes: Uint8Array): Buffer {
  const copy = Buffer.alloc(bytes.length + 1);
  copy.set(bytes);
  return copy;
}
