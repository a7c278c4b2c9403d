// An agent that outlives the shell that started it. A process of Node.js cannot fork: a second one is the agent.
import { fork } from 'node:child_process';
import type { CommandLine } from './command-line.ts';

/** Tells the second process that it is one. */
const MARK = 'QSSH_AGENT_BACKGROUND';

export interface BackgroundAgent {
  readonly socket: string;
  readonly pid: number;
}

export function isBackgroundAgent(): boolean {
  return process.send !== undefined && process.env[MARK] === String(process.ppid);
}

/** @throws {Error} with what the second process says when it cannot begin */
export function startInBackground({ socket, lifetimeSeconds }: CommandLine): Promise<BackgroundAgent> {
  const [, script = ''] = process.argv;
  const words = [
    ...(socket === undefined ? [] : ['-a', socket]),
    ...(lifetimeSeconds === undefined ? [] : ['-t', String(lifetimeSeconds)]),
  ];
  const child = fork(script, words, {
    detached: true,
    env: { ...process.env, [MARK]: String(process.pid) },
    execArgv: ['--disable-sigusr1'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const { promise, resolve, reject } = Promise.withResolvers<BackgroundAgent>();
  child.once('message', (message) => {
    child.disconnect();
    child.stderr?.destroy();
    child.unref();
    resolve({ socket: typeof message === 'string' ? message : '', pid: child.pid ?? 0 });
  });
  child.once('close', () => reject(new Error(said.trim().replace(/^qssh-agent: /, ''))));
  return promise;
}

/** The first process ends when it knows the socket. */
export function tellParent(socket: string): void {
  delete process.env[MARK];
  process.chdir('/');
  process.stderr.on('error', () => undefined);
  process.send?.(socket, () => process.disconnect?.());
}
