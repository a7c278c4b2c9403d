import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../../bin/ssh-sync');

/** Milliseconds after which a question that nobody answers ends the test. */
const PATIENCE = 30_000;

/** How a run at a terminal ended. */
export interface Ended {
  readonly code: number | null;
  /** All that the terminal showed, line by line, without what moves the cursor or colours. */
  readonly text: string;
  /** Whether the terminal was as before when the program had ended. */
  readonly restored: boolean;
}

/** A run of a program, `ssh-sync` unless told otherwise, at a pseudo terminal of its own, on which a test presses keys. */
export class Screen {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #all = '';
  /** What was shown since keys were pressed last. */
  #fresh = '';
  #look: () => void = () => undefined;

  constructor(machine: { readonly home: string }, words: readonly string[], file = program) {
    const quoted = [process.execPath, file, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const command = [
      // Ctrl-C is for the program; the shell, which gets it, too, stays to look at the terminal.
      'trap : INT; stty cols 200 rows 50; before=$(stty -g)',
      `${quoted.join(' ')}; code=$?`,
      '[ "$before" = "$(stty -g)" ] && echo restored; exit $code',
    ].join('\n');
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: machine.home,
        TERM: 'xterm',
        SHELL: '/bin/sh',
        TZ: 'UTC',
        NO_COLOR: '1',
      },
      timeout: PATIENCE,
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#all += text;
      this.#fresh += text;
      this.#look();
    });
    this.ended = once(this.#child, 'close').then(() => ({
      code: this.#child.exitCode,
      text: plain(this.#all).replace(/restored\n$/, ''),
      restored: this.#all.endsWith('restored\r\n') && showsCursor(this.#all),
    }));
  }

  /** Waits until the terminal shows this, since keys were pressed last. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    this.#look = () => {
      const found = pattern.exec(plain(this.#fresh));
      if (found !== null) resolve(found);
    };
    void this.ended.then(({ text }) => reject(new Error(`Cannot find ${String(pattern)} on:\n${text}`)));
    this.#look();
    return promise;
  }

  press(keys: string): void {
    this.#fresh = '';
    this.#child.stdin?.write(keys);
  }

  /** Presses keys as soon as the terminal shows each text; tells how it ended. */
  async answer(...steps: readonly (readonly [after: RegExp, keys: string])[]): Promise<Ended> {
    for (const [after, keys] of steps) {
      await this.until(after);
      this.press(keys);
    }
    return this.ended;
  }
}

function plain(text: string): string {
  return text.replace(/\x1b\[[\d;?]*[a-zA-Z]/g, '').replaceAll('\r\n', '\n');
}

function showsCursor(text: string): boolean {
  return text.lastIndexOf('\x1b[?25h') >= text.lastIndexOf('\x1b[?25l');
}
