/**
 * What the next packet needs besides its bytes, made while there is time: whoever answers a packet at once would otherwise
 * spend a fifth of that time on it. Each is made once, and is for one packet.
 */
export class Ahead<T> {
  readonly #make: (sequence: number) => T;
  #made: { readonly sequence: number; readonly value: T } | undefined;

  /** @param make Of the number of the packet. */
  constructor(make: (sequence: number) => T) {
    this.#make = make;
  }

  /** Makes it, if it is not there. */
  get(sequence: number): T {
    if (this.#made?.sequence !== sequence) this.#made = { sequence, value: this.#make(sequence) };
    return this.#made.value;
  }

  /** For the packet itself; nothing is left. */
  take(sequence: number): T {
    const value = this.get(sequence);
    this.#made = undefined;
    return value;
  }
}
