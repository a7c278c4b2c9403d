// The user's terminal while the other side has the word: every key goes there.
import { spawnSync } from 'node:child_process';
import type { TerminalSize } from '@orrery/ssh';
import type { Log } from '../log.ts';
import { localTerminalSize } from './terminal-modes.ts';

export interface RawTerminal {
  /** Hears the size whenever it may have changed. */
  onResize(listener: (size: TerminalSize) => void): void;
  /** Stops this job as Ctrl-Z would, with the terminal as it was before. */
  suspend(): void;
  /** Gives the terminal back as it was. May be called twice. */
  restore(): void;
}

/** Takes the terminal on standard input. It is given back whatever ends the process. */
export function takeTerminal(log: Log): RawTerminal {
  const { stdin } = process;
  const setRaw = (raw: boolean): void => {
    log.isRaw = raw;
    if (!stdin.isTTY || stdin.destroyed) return;
    stdin.setRawMode(raw);
    // Raw for Node.js is still cooked in one point: of a line feed it makes two characters, which moves the cursor.
    if (raw) spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  };
  const restore = (): void => setRaw(false);
  let resized = (_: TerminalSize): void => undefined;
  process.once('exit', restore);
  process.on('SIGWINCH', () => resized(localTerminalSize()));
  setRaw(true);
  return {
    onResize: (listener) => {
      resized = listener;
    },
    suspend: () => {
      restore();
      // The whole group, as Ctrl-Z does: the shell waits for its first process, which may be the one that started this.
      process.kill(0, 'SIGTSTP');
      // Here again: the job was continued, or nobody is there who could do that, so that the system did not stop it.
      setRaw(true);
      resized(localTerminalSize()); // nobody tells a process that is stopped
    },
    restore,
  };
}
