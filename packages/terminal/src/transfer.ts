import type { Lines } from './lines.ts';
import type { Progress } from './progress.ts';
import { type OutputStream, columnsOf } from './streams.ts';
import { visible } from './visible.ts';

const redrawMilliseconds = 100;

/** Columns of everything but the name: percent, amount, rate and time. */
const figuresWidth = 36;
const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Shows how much of a file has been transferred; the last state stays as a line of its own. */
export function createTransfer(
  name: string,
  total: number,
  errors: OutputStream,
  lines: Pick<Lines, 'status' | 'remark'>,
): Progress {
  const start = performance.now();
  let drawn = start;
  let done = 0;
  const line = (isOver: boolean): string => {
    const seconds = (performance.now() - start) / 1000;
    const figures = figuresOf({ done, total, seconds, isOver });
    return fitted(visible(name), columnsOf(errors) - 1 - figuresWidth) + figures;
  };
  return {
    tick(now) {
      done = now;
      if (performance.now() - drawn < redrawMilliseconds) return;
      drawn = performance.now();
      lines.status(line(false));
    },
    end() {
      lines.status(undefined);
      lines.remark(line(true));
    },
  };
}

export interface TransferState {
  /** Bytes. */
  readonly done: number;
  /** Bytes; 0 if nobody knows. */
  readonly total: number;
  readonly seconds: number;
  readonly isOver: boolean;
}

/** Percent, amount, rate, and how long it took or will take, in columns. */
export function figuresOf({ done, total, seconds, isOver }: TransferState): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const percent = total === 0 ? (isOver ? 100 : 0) : Math.min(Math.floor((done / total) * 100), 100);
  const left = rate > 0 ? (total - done) / rate : Number.POSITIVE_INFINITY;
  const time = isOver ? durationOf(seconds) : `${durationOf(left)} left`;
  return (
    `${percent}%`.padStart(5) +
    amountOf(done).padStart(8) +
    `${amountOf(rate)}/s`.padStart(10) +
    ` ${time.padEnd(12)}`
  );
}

/** Bytes in the unit in which they have one to four digits. */
function amountOf(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 9999.5 / (unit === 0 ? 1 : 10) && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.floor(value) : value.toFixed(1)}${units[unit] ?? ''}`;
}

function durationOf(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds >= 360_000) return '--:--';
  const whole = Math.round(seconds);
  const minutes = `${Math.floor(whole / 60) % 60}`.padStart(2, '0');
  const rest = `${whole % 60}`.padStart(2, '0');
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${minutes}:${rest}` : `${minutes}:${rest}`;
}

/** A name in so many columns: without measuring, a character outside of ASCII may take two. */
function fitted(name: string, columns: number): string {
  const room = Math.max(columns, 8);
  const isAscii = /^[ -~]*$/.test(name);
  const characters = Array.from(name).slice(0, isAscii ? room : Math.floor(room / 2));
  return characters.join('').padEnd(room);
}
