import type { ChildProcess } from 'node:child_process';
import type { Log } from '../log.ts';

/** Characters of one process that are logged: it may belong to somebody else by now. */
const MAX_TEXT = 8192;

/** How long it is read after the end of the process, in milliseconds: what is left behind of it may keep the pipe. */
const PATIENCE = 1000;

/** Logs what a part of the server says on its standard error, a pipe, so that it cannot write whole lines of the log itself. */
export function logErrors(name: string, child: ChildProcess, log: Log): void {
  let left = MAX_TEXT;
  let line = '';
  const say = (text: string): void => {
    if (text !== '') log.error(`${name} ${child.pid ?? ''}: ${text}`);
  };
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${line}${chunk.slice(0, left)}`.split(/\r?\n/);
    left = Math.max(0, left - chunk.length);
    line = lines.pop() ?? '';
    lines.forEach(say);
    // Nobody has to read what is written on and on.
    if (left === 0) child.stderr?.destroy();
  });
  child.stderr?.once('close', () => say(line));
  child.once('exit', () => setTimeout(() => child.stderr?.destroy(), PATIENCE).unref());
}
