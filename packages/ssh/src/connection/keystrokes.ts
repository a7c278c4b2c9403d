// When keys are pressed tells what is typed. So keystrokes leave at a steady pace, and go on as chaff for a while after the
// last one, as OpenSSH's ObscureKeystrokeTiming has it.
import { concat } from '@orrery/bytes';
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

/** Sends bytes; `done` is called when they have gone. */
export type SendBytes = (bytes: Uint8Array, done: () => void) => void;

/** Holds keystrokes back until the next beat. */
export class Keystrokes {
  readonly #pace: Pace;
  readonly #send: SendBytes;
  #waiting: Uint8Array[] = [];
  #isSending = false;
  /** Who waits for room. */
  #done: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beatsLeft = 0;

  constructor(pace: Pace, send: SendBytes) {
    this.#pace = pace;
    this.#send = send;
  }

  /**
   * Sends on the next beat, or now if there was none for a while. The next bytes may be added once `done` is called: at
   * once, unless those before them are held up by the other side.
   */
  add(bytes: Uint8Array, done: () => void): void {
    if (bytes.length > MAX_KEYSTROKE) {
      this.#flush();
      return this.#send(bytes, done);
    }
    this.#waiting.push(Uint8Array.from(bytes)); // whoever is told that they are done may change them
    this.#whenSent(done);
    this.#beatsLeft = this.#chaffBeats();
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#beat(), this.#pace.milliseconds);
    this.#flush();
  }

  /** Sends what waits, and no more chaff. @param done Is called when all has gone. */
  stop(done: () => void = () => undefined): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#flush();
    this.#whenSent(done);
  }

  #whenSent(done: () => void): void {
    if (!this.#isSending) return done();
    const before = this.#done;
    this.#done = () => {
      before?.();
      done();
    };
  }

  #beat(): void {
    if (this.#waiting.length > 0) return this.#flush();
    this.#beatsLeft--;
    if (this.#beatsLeft <= 0) return this.stop();
    this.#pace.sendChaff();
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    this.#isSending = true;
    this.#send(concat(...this.#waiting.splice(0)), () => {
      this.#isSending = false;
      const done = this.#done;
      this.#done = undefined;
      done?.();
    });
  }

  #chaffBeats(): number {
    const [high = 0, low = 0] = randomBytes(2);
    const milliseconds = CHAFF + (((high << 8) | low) % CHANCE);
    return Math.ceil(milliseconds / this.#pace.milliseconds);
  }
}
