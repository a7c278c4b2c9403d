// The side that asks an agent (RFC 9987).
import { FormatError, Reader, Writer, decode, encode } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import {
  type KeySigner,
  type PrivateKey,
  algorithmNamesOf,
  parsePublicKeyBlob,
  signatureNameOf,
} from '@orrery/keys';
import type { Duplex } from 'node:stream';
import { writeAddedKey } from './added-key.ts';
import { AgentError } from './agent-error.ts';
import { type KeyConstraints, isConstrained, writeConstraints } from './constraints.ts';
import { frame, readFrames } from './frames.ts';
import {
  AgentMsg,
  MAX_MESSAGE,
  QUERY,
  type SessionBinding,
  SignFlag,
  bindRequest,
  identities,
  passphraseString,
  publicKeyString,
  readExtensionNames,
  signRequest,
  signResponse,
} from './messages.ts';

/** A key that an agent has. */
export interface AgentKey {
  /** The blob. */
  readonly publicKey: Uint8Array;
  /** Not to be printed as it is. */
  readonly comment: string;
}

/** How a key is added. */
export interface AddOptions extends KeyConstraints {
  /** The blob of a certificate for the key, which is added in its place. */
  readonly certificate?: Uint8Array | undefined;
}

/** Asks one agent. Requests wait for each other. All of its methods throw AgentError. */
export class AgentClient {
  readonly #stream: Duplex;
  readonly #answers: AsyncGenerator<Uint8Array, void, void>;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param stream Belongs to the client from now on. */
  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#answers = readFrames(stream);
    stream.on('error', () => undefined); // it is told to whoever asks next
  }

  /** The keys, in the agent's order. A locked agent has none. */
  async list(): Promise<readonly AgentKey[]> {
    const answer = await this.#ask(bare(AgentMsg.requestIdentities), AgentMsg.identitiesAnswer, 'list keys');
    return decoded(() => decode(identities, answer));
  }

  /** A signature's blob. @param algorithm One that the key makes; an agent that takes another has not signed. */
  async sign(publicKey: Uint8Array, data: Uint8Array, algorithm: string): Promise<Uint8Array> {
    if (data.length > MAX_MESSAGE - publicKey.length - 16)
      throw new RangeError(`Cannot sign with an agent: ${data.length} bytes are too many`);
    const request = message(
      AgentMsg.signRequest,
      encode(signRequest, { publicKey, data, flags: flagsOf(algorithm) }),
    );
    const answer = await this.#ask(request, AgentMsg.signResponse, 'sign');
    return decoded(() => {
      const signature = decode(signResponse, answer);
      const made = new Reader(signature).text(64);
      if (made !== algorithm)
        throw new FormatError(
          `Cannot sign with an agent: found a signature by "${made}", "${algorithm}" expected`,
        );
      return signature;
    });
  }

  /** Signs with a key of the agent. It has no algorithms if the key's type is not known. */
  signer({ publicKey }: AgentKey): KeySigner {
    return {
      publicKey,
      algorithms: algorithmNamesOf(parsePublicKeyBlob(publicKey).type),
      sign: (data, algorithm) => this.sign(publicKey, data, signatureNameOf(algorithm)),
    };
  }

  /** The key's secret stays the caller's to wipe. */
  async add(key: PrivateKey, { certificate, ...constraints }: AddOptions = {}): Promise<void> {
    const writer = new Writer();
    const number = isConstrained(constraints) ? AgentMsg.addIdentityConstrained : AgentMsg.addIdentity;
    writer.byte(number);
    writeAddedKey(writer, key, certificate);
    writeConstraints(writer, constraints);
    await this.#do(writer.finish(), 'add key');
  }

  remove(publicKey: Uint8Array): Promise<void> {
    return this.#do(message(AgentMsg.removeIdentity, encode(publicKeyString, publicKey)), 'remove key');
  }

  removeAll(): Promise<void> {
    return this.#do(bare(AgentMsg.removeAllIdentities), 'remove all keys');
  }

  lock(passphrase: Uint8Array): Promise<void> {
    return this.#do(message(AgentMsg.lock, encode(passphraseString, passphrase)), 'lock');
  }

  unlock(passphrase: Uint8Array): Promise<void> {
    return this.#do(message(AgentMsg.unlock, encode(passphraseString, passphrase)), 'unlock');
  }

  /** Tells for which session all that follows is. */
  bindSession(binding: SessionBinding): Promise<void> {
    return this.#do(bindRequest(binding), 'bind the session');
  }

  /** Names of the extensions that the agent has (section 3.8.1). */
  async extensions(): Promise<readonly string[]> {
    const request = message(AgentMsg.extension, new Writer().text(QUERY).finish());
    const answer = await this.#ask(request, AgentMsg.extensionResponse, 'list extensions');
    return decoded(() => {
      const reader = new Reader(answer);
      if (reader.text(64) !== QUERY) throw new FormatError('Cannot list extensions: another one answers');
      return readExtensionNames(reader);
    });
  }

  /** Ends the connection. */
  close(): void {
    this.#stream.destroy();
  }

  async #do(request: Uint8Array, what: string): Promise<void> {
    const body = await this.#ask(request, AgentMsg.success, what);
    if (body.length > 0) throw new AgentError('malformed', `Cannot ${what}: the answer is too long`);
  }

  /** What stands behind the expected number. Wipes the request. */
  #ask(request: Uint8Array, expected: number, what: string): Promise<Uint8Array> {
    const asked = this.#turn.then(async () => {
      const answer = await this.#exchange(request);
      if (answer[0] === expected) return answer.subarray(1);
      const isNo = answer[0] === AgentMsg.failure || answer[0] === AgentMsg.extensionFailure;
      throw isNo
        ? new AgentError('refused', `Cannot ${what}: the agent refused`)
        : new AgentError('malformed', `Cannot ${what}: found answer ${answer[0]}, ${expected} expected`);
    });
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  async #exchange(request: Uint8Array): Promise<Uint8Array> {
    const framed = frame(request);
    wipe(request);
    try {
      this.#stream.write(framed);
      const next = await this.#answers.next();
      if (next.done !== true) return next.value;
    } catch (cause) {
      if (cause instanceof AgentError) throw cause;
      throw new AgentError('closed', 'Cannot ask the agent: the connection broke', { cause });
    } finally {
      wipe(framed); // it was answered, so it has left
    }
    throw new AgentError('closed', 'Cannot ask the agent: it closed the connection');
  }
}

function bare(number: number): Uint8Array {
  return Uint8Array.of(number);
}

function message(number: number, body: Uint8Array): Uint8Array {
  const whole = new Writer().byte(number).bytes(body).finish();
  wipe(body);
  return whole;
}

function flagsOf(algorithm: string): number {
  if (algorithm === 'rsa-sha2-512') return SignFlag.rsaSha2With512;
  return algorithm === 'rsa-sha2-256' ? SignFlag.rsaSha2With256 : 0;
}

function decoded<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new AgentError('malformed', `Cannot read what the agent said: ${cause.message}`, { cause });
  }
}
