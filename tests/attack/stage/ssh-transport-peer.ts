// One side of SSH-2 that does what a test tells it, and nothing else: it sends what may not be sent, and trusts what should
// not be trusted.
import { concat, utf8 } from '@orrery/bytes';
import type { KeySigner } from '@orrery/keys';
import type { Duplex } from 'node:stream';
import { kexMethods, packetCipher } from '../../../packages/ssh/src/transport/algorithms.ts';
import { deriveKeys, type ExchangeResult } from '../../../packages/ssh/src/transport/derive-keys.ts';
import { clientExchange, openingOf, serverExchange } from '../../../packages/ssh/src/transport/exchange.ts';
import { readIdentification } from '../../../packages/ssh/src/transport/identification.ts';
import {
  bare,
  encodeMessage,
  exchangeInit,
  exchangeReply,
  kexInit,
  Msg,
} from '../../../packages/ssh/src/transport/messages.ts';
import type { KexInit } from '../../../packages/ssh/src/transport/negotiation.ts';
import type { PacketSealer } from '../../../packages/ssh/src/transport/packet-cipher.ts';
import { PacketReader } from '../../../packages/ssh/src/transport/packet-reader.ts';
import { PacketWriter } from '../../../packages/ssh/src/transport/packet-writer.ts';

const KEX = 'curve25519-sha256';
const CIPHER = 'chacha20-poly1305@openssh.com';

export interface PeerOptions {
  readonly isClient: boolean;
  /** Replaces parts of its KEXINIT. */
  readonly offer?: Partial<KexInit>;
  /** The server's key. */
  readonly hostKey?: KeySigner;
  /** Replaces what it sends in the exchange of keys; what comes of it is not followed up. */
  readonly exchangeValue?: Uint8Array;
}

export class SshPeer {
  readonly stream: Duplex;
  /** Resolves when the other side hangs up. */
  readonly closed: Promise<void>;
  readonly reader = new PacketReader();
  readonly writer = new PacketWriter();
  readonly #options: PeerOptions;
  readonly #line: string;
  #peerLine = '';
  #sessionId: Uint8Array | undefined;
  #bytes: Uint8Array | undefined = new Uint8Array();
  #wake: () => void = () => undefined;
  #isClosed = false;

  constructor(stream: Duplex, options: PeerOptions) {
    this.stream = stream;
    this.#options = options;
    this.#line = `SSH-2.0-${options.isClient ? 'client' : 'server'}`;
    stream.on('data', (chunk: Uint8Array) => this.#take(chunk));
    stream.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      const end = (): void => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      };
      stream.on('end', end);
      stream.on('close', end);
    });
    stream.write(`${this.#line}\r\n`);
  }

  /** Sends a packet with this payload. */
  send(payload: Uint8Array): void {
    for (const chunk of this.writer.seal(payload)) this.stream.write(chunk);
  }

  /** Sends a whole packet, from its length field on, as it is given. */
  sendPacket(sealer: PacketSealer, packet: Uint8Array): void {
    for (const chunk of sealer.seal(packet, this.writer.count.sequence)) this.stream.write(chunk);
  }

  /** The next payload; undefined once the other side has hung up. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const packet = this.#bytes === undefined ? this.reader.next() : undefined;
      if (packet !== undefined) return packet.payload;
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The next payload with this number. */
  async until(number: number): Promise<Uint8Array> {
    for (;;) {
      const payload = await this.next();
      if (payload === undefined) throw new Error(`Cannot find message ${number}: the other side hung up`);
      if (payload[0] === number) return payload;
    }
  }

  offer(): Uint8Array {
    const names = [this.#options.isClient ? 'ext-info-c' : 'ext-info-s'];
    return encodeMessage(kexInit, {
      cookie: new Uint8Array(16),
      kex: [KEX, ...names],
      hostKey: ['ssh-ed25519'],
      cipherToServer: [CIPHER],
      cipherToClient: [CIPHER],
      macToServer: [],
      macToClient: [],
      compressionToServer: ['none'],
      compressionToClient: ['none'],
      languageToServer: [],
      languageToClient: [],
      firstPacketFollows: false,
      reserved: 0,
      ...this.#options.offer,
    });
  }

  /** Exchanges keys by curve25519-sha256, for ChaCha20-Poly1305, without strictness: packets are counted on. */
  async exchangeKeys(): Promise<{ readonly sealer: PacketSealer }> {
    const own = this.offer();
    this.send(own);
    const result = await (this.#options.isClient ? this.#asClient(own) : this.#asServer(own));
    this.send(bare(Msg.newKeys));
    const direction = { cipher: CIPHER, mac: undefined, compression: 'none' };
    const cipher = packetCipher(direction);
    const [outgoing, incoming] = this.#options.isClient
      ? (['toServer', 'toClient'] as const)
      : (['toClient', 'toServer'] as const);
    const sealer = cipher.sealer(deriveKeys(result, outgoing, cipher));
    this.writer.rekey(sealer);
    await this.until(Msg.newKeys);
    this.reader.rekey(cipher.opener(deriveKeys(result, incoming, cipher)));
    return { sealer };
  }

  async #asClient(own: Uint8Array): Promise<ExchangeResult> {
    const peer = (await this.until(Msg.kexInit)).slice();
    const attempt = await methodOf(KEX).start();
    const { exchangeValue } = this.#options;
    this.send(
      exchangeValue === undefined ? openingOf(attempt) : encodeMessage(exchangeInit, { init: exchangeValue }),
    );
    const preamble = {
      clientLine: this.#line,
      serverLine: this.#peerLine,
      clientInit: own,
      serverInit: peer,
    };
    const exchange = clientExchange(methodOf(KEX), attempt, preamble, 'ssh-ed25519', () => undefined);
    const exchanged = await exchange.receive(await this.until(Msg.kexExchangeReply));
    return { ...exchanged, sessionId: (this.#sessionId ??= exchanged.exchangeHash) };
  }

  async #asServer(own: Uint8Array): Promise<ExchangeResult> {
    const { hostKey, exchangeValue } = this.#options;
    if (hostKey === undefined) throw new TypeError('Cannot be a server: there is no host key');
    const peer = (await this.until(Msg.kexInit)).slice();
    const preamble = {
      clientLine: this.#peerLine,
      serverLine: this.#line,
      clientInit: peer,
      serverInit: own,
    };
    const init = await this.until(Msg.kexExchangeInit);
    if (exchangeValue !== undefined) {
      const { publicKey } = hostKey;
      this.send(
        encodeMessage(exchangeReply, {
          hostKey: publicKey,
          reply: exchangeValue,
          signature: new Uint8Array(64),
        }),
      );
      throw new Error('Cannot go on: the exchange was spoiled');
    }
    const signer = {
      publicKey: hostKey.publicKey,
      sign: (hash: Uint8Array) => hostKey.sign(hash, 'ssh-ed25519'),
    };
    const exchanged = await serverExchange(methodOf(KEX), preamble, signer).receive(init);
    this.send(exchanged.answer ?? new Uint8Array());
    return { ...exchanged, sessionId: (this.#sessionId ??= exchanged.exchangeHash) };
  }

  #take(chunk: Uint8Array): void {
    if (this.#bytes === undefined) this.reader.push(chunk);
    else {
      this.#bytes = concat(this.#bytes, chunk);
      const found = readIdentification(this.#bytes, true);
      if (found === undefined) return;
      this.#peerLine = found.line;
      this.#bytes = undefined;
      this.reader.push(found.rest);
    }
    this.#wake();
  }
}

function methodOf(name: string) {
  const method = kexMethods.get(name);
  if (method === undefined) throw new TypeError(`Cannot exchange keys by "${name}"`);
  return method;
}

/** SSH_MSG_IGNORE with some text. */
export function ignore(text: string): Uint8Array {
  return concat(Uint8Array.of(Msg.ignore, 0, 0, 0, text.length), utf8(text));
}
