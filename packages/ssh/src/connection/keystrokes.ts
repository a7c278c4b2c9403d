// When keys are pressed tells what is typed. So keystrokes leave at a steady pace, and go on as chaff for a while after the
// last one, as OpenSSH's ObscureKeystrokeTiming has it.
import { randomBytes } from '@orrery/crypto';

/** What a person types at once; more than that is pasted and goes as it comes. */
const MAX_KEYSTROKE = 256;

/** How long chaff goes on after the last keystroke, and how much of that is by chance. In milliseconds. */
const CHAFF = 1024;
const CHANCE = 2048;

export interface Pace {
  /** Between packets, in milliseconds. */
  readonly milliseconds: number;
  /** Sends something that looks as a keystroke does. */
  sendChaff(): void;
}

/** Holds keystrokes back until the next beat. */
export class Keystrokes {
  readonly #pace: Pace;
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #beatsLeft = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Calls `send` on the next beat, or now if the other side knows nothing of the time before. */
  add(length: number, send: () => void): void {
    if (length > MAX_KEYSTROKE) {
      this.#flush();
      return send();
    }
    this.#beatsLeft = this.#chaffBeats();
    if (this.#timer !== undefined) return void this.#waiting.push(send);
    this.#timer = setInterval(() => this.#beat(), this.#pace.milliseconds);
    send();
  }

  /** Sends what waits, and no more chaff. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#flush();
  }

  #beat(): void {
    if (this.#waiting.length > 0) return this.#flush();
    this.#beatsLeft--;
    if (this.#beatsLeft <= 0) return this.stop();
    this.#pace.sendChaff();
  }

  #flush(): void {
    for (const send of this.#waiting.splice(0)) send();
  }

  #chaffBeats(): number {
    const [high = 0, low = 0] = randomBytes(2);
    const milliseconds = CHAFF + (((high << 8) | low) % CHANCE);
    return Math.ceil(milliseconds / this.#pace.milliseconds);
  }
}
