// Channels as they would be without limits: the control of the attacks on them.

interface NaiveChannel {
  readonly pieces: Uint8Array[];
  window: number;
}

export class NaiveChannels {
  readonly #channels: NaiveChannel[] = [];

  get size(): number {
    return this.#channels.length;
  }

  open(): number {
    return this.#channels.push({ pieces: [], window: 0 }) - 1;
  }

  receive(id: number, bytes: Uint8Array): void {
    this.#channels[id]?.pieces.push(bytes);
  }

  held(id: number): number {
    return (this.#channels[id]?.pieces ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  adjust(id: number, bytes: number): void {
    const channel = this.#channels[id];
    if (channel !== undefined) channel.window = (channel.window + bytes) >>> 0;
  }

  window(id: number): number {
    return this.#channels[id]?.window ?? 0;
  }
}
