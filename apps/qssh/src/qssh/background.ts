// -f: the program goes to the background when the login is done. A process of Node.js cannot fork, so a second one does
// all of the work while the first one waits for its word.
import { fork } from 'node:child_process';

/** Tells the second process that it is one. */
const MARK = 'QSSH_BACKGROUND';

export function isBackgroundChild(): boolean {
  return process.send !== undefined && process.env[MARK] === String(process.ppid);
}

/** Runs the same command line in another process; resolves when that has logged in, or to what it failed with. */
export function runInBackground(argv: readonly string[]): Promise<number> {
  const [, script = ''] = process.argv;
  const child = fork(script, argv, {
    env: { ...process.env, [MARK]: String(process.pid) },
    stdio: 'inherit',
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('message', () => {
    child.disconnect();
    child.unref();
    resolve(0);
  });
  child.once('exit', (code) => resolve(code ?? 255));
  return promise;
}

/** Lets the first process end. Whoever closes the terminal from now on means somebody else. */
export function tellParent(): void {
  process.on('SIGHUP', () => undefined);
  process.send?.('ready');
  process.disconnect?.();
}
