// The user's terminal while the other side has the word: every key goes there.
import { spawnSync } from 'node:child_process';
import type { TerminalSize } from '@orrery/ssh';
import type { Log } from '../log.ts';

export interface RawTerminal {
  /** The size of the terminal now. */
  size(): TerminalSize;
  onResize(listener: () => void): void;
  /** Stops this process as Ctrl-Z would, with the terminal as it was before. */
  suspend(): void;
  /** Gives the terminal back as it was. May be called twice. */
  restore(): void;
}

/** Takes the terminal on standard input. It is given back whatever ends the process. */
export function takeTerminal(log: Log): RawTerminal {
  const { stdin, stdout } = process;
  const setRaw = (raw: boolean): void => {
    log.isRaw = raw;
    if (!stdin.isTTY || stdin.destroyed) return;
    stdin.setRawMode(raw);
    // Raw for Node.js is still cooked in one point: of a line feed it makes two characters, which moves the cursor.
    if (raw) spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  };
  const restore = (): void => setRaw(false);
  let resized = (): void => undefined;
  process.once('exit', restore);
  process.on('SIGWINCH', () => setImmediate(() => resized()));
  setRaw(true);
  return {
    size: () => ({ columns: stdout.columns ?? 0, rows: stdout.rows ?? 0, width: 0, height: 0 }),
    onResize: (listener) => {
      resized = listener;
    },
    suspend: () => {
      restore();
      process.once('SIGCONT', () => {
        setRaw(true);
        // Nobody tells a process that is stopped.
        resized();
      });
      process.kill(process.pid, 'SIGTSTP');
    },
    restore,
  };
}
