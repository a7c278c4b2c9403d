// A connection on which nothing comes any more is found by asking.
import { timerDelay } from '../timer-delay.ts';

/** When to send a message that wants an answer, so that a dead connection is found. */
export interface KeepAlive {
  /** Between two of them. */
  readonly intervalSeconds: number;
  /** Messages without an answer after which the connection is given up. */
  readonly maxMissed: number;
}

/** What is watched. */
export interface Watched {
  /** Grows with everything that comes. */
  readonly heard: number;
  /** Sends something that has to be answered. */
  ask(): void;
  giveUp(): void;
}

/** Returns what ends the watch. */
export function watchSilence({ intervalSeconds, maxMissed }: KeepAlive, watched: Watched): () => void {
  let heard = watched.heard;
  let missed = 0;
  const timer = setInterval(() => {
    missed = watched.heard === heard ? missed : 0;
    heard = watched.heard;
    if (missed >= maxMissed) {
      clearInterval(timer);
      return watched.giveUp();
    }
    missed++;
    watched.ask();
  }, timerDelay(intervalSeconds));
  return () => clearInterval(timer);
}
