import { ExitCode } from './errors.ts';
import type { Streams } from './streams.ts';

const eraseLine = '\r\x1b[K';

/** Whole lines on both output streams, with at most one status line that stays below them. */
export interface Lines {
  /** A line on standard output. */
  result(line: string): void;
  /** A line on standard error. */
  remark(line: string): void;
  /** Replaces the status line on standard error, which must be a terminal; undefined removes it. */
  status(text: string | undefined): void;
  /** While held, no status line is drawn: somebody else owns the last line of the terminal. */
  hold(held: boolean): void;
  /** Aborted when nobody can read standard output any more. */
  readonly outputClosed: AbortSignal;
}

export function createLines(program: string, { output, errors }: Streams): Lines {
  const closed = new AbortController();
  let current: string | undefined;
  let isHeld = false;

  const draw = (text: string): void => {
    if (!isHeld) errors.write(text);
  };
  const above = (write: () => void): void => {
    if (current === undefined) return write();
    draw(eraseLine);
    write();
    draw(current);
  };
  const lines: Lines = {
    result: (line) => above(() => void (closed.signal.aborted || output.write(`${line}\n`))),
    remark: (line) => above(() => void errors.write(`${line}\n`)),
    status: (text) => {
      if (text !== undefined || current !== undefined) draw(eraseLine + (text ?? ''));
      current = text;
    },
    hold: (held) => {
      if (current !== undefined) draw(eraseLine);
      isHeld = held;
      if (current !== undefined) draw(current);
    },
    outputClosed: closed.signal,
  };

  // Whoever closed standard error does not want to hear about it, and there is no other place to say so.
  errors.on('error', () => {});
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (closed.signal.aborted) return;
    closed.abort(error);
    if (error.code === 'EPIPE') return;
    lines.remark(`${program}: cannot write to standard output: ${error.message}`);
    process.once('exit', () => (process.exitCode ||= ExitCode.failed));
  });
  return lines;
}
