import type { ChildProcess } from 'node:child_process';
import type { Log } from '../log.ts';

/** Characters of one process that are logged: it may belong to somebody else by now. */
const MAX_TEXT = 8192;

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
  });
  child.stderr?.once('end', () => say(line));
}
