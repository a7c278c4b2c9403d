import type { Lines } from './lines.ts';
import { type OutputStream, columnsOf } from './streams.ts';
import { visible } from './visible.ts';

// Work that is over within a second needs no progress line.
const quietMilliseconds = 1000;
const redrawMilliseconds = 100;
const idleRedrawMilliseconds = 500;

export interface Progress {
  /** How much is done now, of the total if there is one. */
  tick(done: number): void;
  /** Removes the line. */
  end(): void;
}

/** Nobody is there to watch. */
export const noProgress: Progress = { tick() {}, end() {} };

/** Shows on a status line how far the work is, at most ten times a second, beginning after one second. */
export function createProgress(
  label: string,
  total: number | undefined,
  errors: OutputStream,
  lines: Pick<Lines, 'status'>,
): Progress {
  const start = performance.now();
  let drawn = start;
  let done = 0;

  const draw = (): void => {
    drawn = performance.now();
    if (drawn - start < quietMilliseconds) return;
    const seconds = Math.floor((drawn - start) / 1000);
    lines.status(cut(visible(`${label}: ${amount(done, total)}${seconds} s`), columnsOf(errors)));
  };
  const timer = setInterval(draw, idleRedrawMilliseconds).unref();
  return {
    tick(now) {
      done = now;
      if (performance.now() - drawn >= redrawMilliseconds) draw();
    },
    end() {
      clearInterval(timer);
      lines.status(undefined);
    },
  };
}

function amount(done: number, total: number | undefined): string {
  if (total !== undefined) return `${done} of ${total}, `;
  return done === 0 ? '' : `${done}, `;
}

// A line that wraps cannot be erased. Without measuring: no character is wider than two columns.
function cut(text: string, columns: number): string {
  const isAscii = /^[ -~]*$/.test(text);
  const room = Math.floor((columns - 1) / (isAscii ? 1 : 2));
  return text.slice(0, Math.max(room, 0)).replace(/[\ud800-\udbff]$/, '');
}
