// Payloads on one side, a stream of bytes on the other, under the keys of the moment.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { giveBack } from '../give-back.ts';
import { SshError } from '../ssh-error.ts';
import { makeCompressor, makeDecompressor } from './compression.ts';
import type { NewKeys } from './key-exchange.ts';
import { areUsedUp, type RekeyLimits } from './key-lifetime.ts';
import { Output } from './output.ts';
import { packetCipher } from './algorithms.ts';
import type { CipherKeys } from './packet-cipher.ts';
import { seenFrom, wipeKeys } from './packet-keys.ts';
import { PacketReader, type Packet } from './packet-reader.ts';
import { PacketWriter } from './packet-writer.ts';
import type { DirectionState, TransportState } from './transport-state.ts';

/** Bytes for a peer that does not read, before it is authenticated and after. */
const MAX_UNSENT_BEFORE = 1024 * 1024;
const MAX_UNSENT = 64 * 1024 * 1024;

/** The names of compression in both directions. */
interface Compressions {
  outgoing: string;
  incoming: string;
}

export class PacketLink {
  readonly #isClient: boolean;
  readonly #reader: PacketReader;
  readonly #writer = new PacketWriter();
  readonly #output: Output;
  readonly #compressions: Compressions = { outgoing: 'none', incoming: 'none' };
  /** Kept as long as they are in use, so that the connection can be moved. */
  readonly #keys: { outgoing?: CipherKeys; incoming?: CipherKeys } = {};
  #isAuthenticated = false;
  #willPrepare = false;
  #isClosed = false;

  /** @param onRoom Is called when more may be written after there was no room. */
  constructor(stream: Duplex, isClient: boolean, onRoom: () => void) {
    this.#output = new Output(stream, onRoom);
    this.#isClient = isClient;
    // What a socket gives is for its reader alone.
    this.#reader = new PacketReader(stream instanceof Socket ? giveBack : undefined);
  }

  get output(): Output {
    return this.#output;
  }

  /** Whether the client is known, as far as messages have passed here. */
  get isAuthenticated(): boolean {
    return this.#isAuthenticated;
  }

  /** Received bytes that are not read. */
  get waiting(): number {
    return this.#reader.waiting;
  }

  /** @throws {SshError} if the other side does not read. */
  write(...parts: readonly Uint8Array[]): void {
    this.#output.write(this.#writer.seal(...parts));
    if (this.#output.waiting > (this.#isAuthenticated ? MAX_UNSENT : MAX_UNSENT_BEFORE))
      throw new SshError('connectionLost', 'Cannot send: the other side does not read');
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  /** The next packet, if it is here. @throws {SshError} */
  next(): Packet | undefined {
    return this.#reader.next();
  }

  /** Does what can be done before the next packets once this turn is over, and all that it wrote has left. */
  prepareLater(): void {
    if (this.#willPrepare || this.#isClosed) return;
    this.#willPrepare = true;
    setImmediate(() => {
      this.#willPrepare = false;
      if (this.#isClosed) return;
      this.#reader.prepare();
      this.#writer.prepare();
    });
  }

  /** Whether new keys are needed. */
  areKeysUsedUp(limits: RekeyLimits): boolean {
    return areUsedUp(limits, this.#reader.count, this.#writer.count);
  }

  /** Whether anything has passed under the present keys. */
  get haveKeysServed(): boolean {
    return this.#reader.count.packets > 0 || this.#writer.count.packets > 0;
  }

  useOutgoing({ keys, negotiated, restart }: NewKeys): void {
    const { outgoing } = seenFrom(this.#isClient, negotiated);
    this.#writer.rekey(packetCipher(outgoing).sealer(keys.outgoing), restart ? { sequence: 0 } : undefined);
    this.#replaceKeys('outgoing', keys.outgoing);
    this.#compressions.outgoing = outgoing.compression;
    this.#startCompression();
  }

  useIncoming({ keys, negotiated, restart }: NewKeys): void {
    const { incoming } = seenFrom(this.#isClient, negotiated);
    this.#reader.rekey(packetCipher(incoming).opener(keys.incoming), restart ? { sequence: 0 } : undefined);
    this.#replaceKeys('incoming', keys.incoming);
    this.#compressions.incoming = incoming.compression;
    this.#startDecompression();
  }

  /** The client is known: delayed compression begins with the next packets. */
  becomeAuthenticated(): void {
    if (this.#isAuthenticated) return;
    this.#isAuthenticated = true;
    this.#startCompression();
    this.#startDecompression();
  }

  /** Each set of keys has its own stream of compressed data. */
  #startCompression(): void {
    if (this.#isAuthenticated) this.#writer.compress(makeCompressor(this.#compressions.outgoing));
  }

  #startDecompression(): void {
    if (this.#isAuthenticated) this.#reader.decompress(makeDecompressor(this.#compressions.incoming));
  }

  /** What another process needs of this; nothing is left here. @throws {TypeError} if there are no keys, or compression has begun. */
  takeState(): Pick<TransportState, 'outgoing' | 'incoming' | 'authenticated' | 'unread'> {
    const { outgoing, incoming } = this.#keys;
    if (outgoing === undefined || incoming === undefined)
      throw new TypeError('Cannot move the connection: it has no keys');
    if (this.#writer.hasCompressed || this.#reader.hasDecompressed)
      throw new TypeError('Cannot move the connection: its compression has begun');
    return {
      outgoing: stateOf(this.#writer, outgoing),
      incoming: stateOf(this.#reader, incoming),
      authenticated: this.#isAuthenticated,
      unread: this.#reader.takeWaiting(),
    };
  }

  restore({ negotiated, outgoing, incoming, authenticated, unread }: TransportState): void {
    const directions = seenFrom(this.#isClient, negotiated);
    this.#writer.rekey(packetCipher(directions.outgoing).sealer(outgoing), outgoing);
    this.#reader.rekey(packetCipher(directions.incoming).opener(incoming), incoming);
    this.#keys.outgoing = outgoing;
    this.#keys.incoming = incoming;
    this.#compressions.outgoing = directions.outgoing.compression;
    this.#compressions.incoming = directions.incoming.compression;
    this.#reader.push(Uint8Array.from(unread)); // which is the caller's
    if (authenticated) this.becomeAuthenticated();
  }

  /** Sends what was written, and forgets the keys. */
  close(): void {
    this.#isClosed = true;
    this.#output.flush();
    wipeKeys(...Object.values(this.#keys));
  }

  #replaceKeys(way: 'outgoing' | 'incoming', keys: CipherKeys): void {
    const former = this.#keys[way];
    if (former !== undefined) wipeKeys(former);
    this.#keys[way] = keys;
  }
}

function stateOf({ iv, count }: PacketReader | PacketWriter, { key, macKey }: CipherKeys): DirectionState {
  const { sequence, packets, bytes } = count;
  return { key: key.slice(), macKey: macKey.slice(), iv, sequence, packets, bytes };
}
