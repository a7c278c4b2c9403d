// Host keys that are in an agent (sshd_config(5): HostKeyAgent).
import { signatureNamesOf, parsePublicKeyBlob, verifySignature, type KeySigner } from '@orrery/keys';
import { AgentClient, AgentError } from '@orrery/ssh';
import type { Duplex } from 'node:stream';

/** How long one signature may take, in milliseconds, with the way to the agent. */
const PATIENCE = 10_000;

/** Connections that may end under one question. */
const MAX_FAILURES = 2;

/**
 * Signs with the keys of an agent. This process cannot connect to it: the agent serves root, or whoever started the server.
 * So the listener does, when it is asked to, and the connection serves as long as it lasts.
 */
export class HostAgent {
  readonly #want: () => void;
  #client: AgentClient | undefined;
  #arrival: PromiseWithResolvers<AgentClient> | undefined;

  /** @param want Asks for a connection: `connected` or `unreachable` answers, in time or not. */
  constructor(want: () => void) {
    this.#want = want;
  }

  connected(stream: Duplex): void {
    this.#client?.close();
    this.#client = new AgentClient(stream);
    this.#arrival?.resolve(this.#client);
    this.#arrival = undefined;
  }

  unreachable(reason: string): void {
    this.#arrival?.reject(new Error(reason));
    this.#arrival = undefined;
  }

  /** Nobody needs it any more. */
  close(): void {
    this.#client?.close();
  }

  /** A key of the agent, whether it has it now or not. Its `sign` throws an Error that says what is wrong with the agent. */
  signer(publicKey: Uint8Array): KeySigner {
    return {
      publicKey,
      algorithms: signatureNamesOf(parsePublicKeyBlob(publicKey).type),
      sign: async (message, algorithm) => {
        const signature = await this.#sign(publicKey, message, algorithm);
        // A client would take it for somebody in between.
        if (!verifySignature(publicKey, algorithm, message, signature))
          throw new Error('what the agent answers is no signature of the key');
        return signature;
      },
    };
  }

  async #sign(publicKey: Uint8Array, message: Uint8Array, algorithm: string): Promise<Uint8Array> {
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => undefined);
    const timer = setTimeout(
      () => late.reject(new Error(`the agent has not answered for ${PATIENCE / 1000} seconds`)),
      PATIENCE,
    );
    try {
      for (let failures = 0; ;) {
        const client = await Promise.race([this.#connection(), late.promise]);
        try {
          return await Promise.race([client.sign(publicKey, message, algorithm), late.promise]);
        } catch (error) {
          const code = error instanceof AgentError ? error.code : undefined;
          if (code === 'refused')
            throw new Error('the agent refused: it is locked, or was not given the key', { cause: error });
          // Another question may have waited for too long; otherwise the agent may have been started anew.
          if (this.#client === client) failures += 1;
          this.#drop(client); // what it says later would be taken for the answer to another question
          if (failures === MAX_FAILURES || code !== 'closed') throw error;
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #connection(): Promise<AgentClient> {
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    if (this.#arrival === undefined) {
      this.#arrival = Promise.withResolvers<AgentClient>();
      this.#arrival.promise.catch(() => undefined);
      const { promise } = this.#arrival;
      this.#want();
      return promise;
    }
    return this.#arrival.promise;
  }

  #drop(client: AgentClient): void {
    client.close();
    if (this.#client === client) this.#client = undefined;
  }
}
