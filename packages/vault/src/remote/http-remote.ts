import { setTimeout as sleep } from 'node:timers/promises';
import { decode, encode, type Codec } from '@orrery/bytes';
import { unixNow } from '../client/clock.ts';
import type { Device } from '../device/secret.ts';
import { headCodec, recordCodec, type Head, type LedgerRecord } from '../ledger/entry.ts';
import { MAX_BODY_BYTES, MAX_TIME } from '../limits.ts';
import type { SealedObject } from '../object.ts';
import { signToken, type Caller } from '../request/token.ts';
import {
  appendCodec,
  appendedCodec,
  BODY_TYPE,
  foundCodec,
  ledgerPageCodec,
  objectsCodec,
  seenCodec,
  wantedCodec,
  type LedgerPage,
} from '../request/wire.ts';
import { exchange, type HttpAnswer } from './http.ts';
import type { Remote } from './remote.ts';
import { MalformedAnswerError, readServerError, ServerError } from './server-error.ts';

/** Uploads on their way at the same time. */
const MAX_IN_FLIGHT = 4;

/** Bytes of objects in one upload: large enough to be few, small enough to be repeated. */
const BATCH_BYTES = 1024 * 1024;

/** Seconds that a busy server is waited for in one request. */
const MAX_WAIT = 120;

const EMPTY: Uint8Array = new Uint8Array();

/** What the remote tells while it works. */
export interface RemoteEvents {
  /** The server refused this machine's clock; `seconds` is how far the two are apart. */
  clockDiffers(seconds: number): void;
  /** The server asked to wait, and it is waited for. */
  serverBusy(seconds: number): void;
}

/** Founds an account: the one request that needs no token, because the genesis is signed. */
export async function createAccount(
  server: URL,
  genesis: LedgerRecord,
  registrationToken: string | undefined,
): Promise<Head> {
  const headers: Record<string, string> = { 'content-type': BODY_TYPE, 'server-origin': server.origin };
  if (registrationToken !== undefined) headers['authorization'] = `Registration ${registrationToken}`;
  const answer = await exchange(
    new URL('/v1/accounts', server),
    'POST',
    headers,
    encode(recordCodec, genesis),
  );
  if (answer.status !== 201) throw readServerError('create the account', answer.status, answer.body);
  return readAnswer(headCodec, answer);
}

/** A server's account over HTTP, with requests signed by `device`. */
export class HttpRemote implements Remote {
  readonly #server: URL;
  readonly #device: Device;
  readonly #caller: Caller;
  readonly #events: RemoteEvents;
  /** Seconds to add to this machine's clock for tokens, and for nothing else. */
  #correction = 0;

  constructor(server: URL, device: Device, account: Omit<Caller, 'origin'>, events: RemoteEvents) {
    this.#server = server;
    this.#device = device;
    this.#caller = { ...account, origin: server.origin };
    this.#events = events;
  }

  async ledger(after: number): Promise<LedgerPage> {
    return readAnswer(
      ledgerPageCodec,
      await this.#send('read the ledger', 'GET', `/v1/ledger?after=${after}`),
    );
  }

  async append(records: readonly LedgerRecord[]): Promise<boolean> {
    try {
      const body = encode(appendCodec, [...records]);
      return readAnswer(appendedCodec, await this.#send('append to the ledger', 'POST', '/v1/ledger', body))
        .accepted;
    } catch (cause) {
      if (cause instanceof ServerError && cause.code === 'conflict') return false;
      throw cause;
    }
  }

  async putObjects(objects: readonly SealedObject[]): Promise<void> {
    const batches = inBatches(objects);
    const workers = Array.from({ length: MAX_IN_FLIGHT }, async () => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift())
        await this.#send('upload objects', 'POST', '/v1/objects', encode(objectsCodec, batch));
    });
    await Promise.all(workers);
  }

  async getObjects(ids: readonly Uint8Array[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (let asked = 0; asked < ids.length;) {
      const wanted = encode(wantedCodec, ids.slice(asked));
      const answer = await this.#send('read objects', 'POST', '/v1/objects/read', wanted);
      const items = readAnswer(foundCodec, answer);
      for (const [index, { id, bytes }] of items.entries()) {
        const expected = ids[asked + index];
        if (expected?.toHex() !== id.toHex())
          throw new MalformedAnswerError(
            `Cannot read objects: the server sent ${id.toHex()}, which was not asked for`,
          );
        if (bytes !== undefined) found.set(id.toHex(), bytes);
      }
      if (items.length === 0)
        throw new MalformedAnswerError('Cannot read objects: the server sent none of those asked for');
      asked += items.length;
    }
    return found;
  }

  async seen(): Promise<ReadonlyMap<string, number>> {
    const devices = readAnswer(seenCodec, await this.#send('list the machines', 'GET', '/v1/devices'));
    return new Map(
      devices.flatMap(({ device, seen }) =>
        seen === undefined ? [] : [[device.toHex(), Number(seen > MAX_TIME ? MAX_TIME : seen)] as const],
      ),
    );
  }

  async #send(action: string, method: string, target: string, body: Uint8Array = EMPTY): Promise<HttpAnswer> {
    for (let waited = 0; ;) {
      const answer = await this.#sendOnce(method, target, body);
      if (answer.status === 200 || answer.status === 204) return answer;
      const error = readServerError(action, answer.status, answer.body);
      if (error.code === 'clock' && this.#correctClock(answer.date)) continue;
      const pause = answer.status === 429 ? answer.retryAfter : undefined;
      if (pause === undefined || waited + pause > MAX_WAIT) throw error;
      waited += Math.max(1, pause);
      this.#events.serverBusy(pause);
      await sleep(pause * 1000);
    }
  }

  /** Takes over the server's time for tokens, once. */
  #correctClock(date: number | undefined): boolean {
    if (date === undefined || this.#correction !== 0) return false;
    this.#correction = date - unixNow();
    this.#events.clockDiffers(this.#correction);
    return this.#correction !== 0;
  }

  async #sendOnce(method: string, target: string, body: Uint8Array): Promise<HttpAnswer> {
    const now = unixNow() + this.#correction;
    const token = await signToken(this.#device, this.#caller, { method, target, body }, now);
    const headers = { authorization: `Bearer ${token}`, 'content-type': BODY_TYPE };
    return exchange(new URL(target, this.#server), method, headers, body);
  }
}

/** Groups objects into uploads of about `BATCH_BYTES`. */
function inBatches(objects: readonly SealedObject[]): SealedObject[][] {
  const batches: SealedObject[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const object of objects) {
    if (size + object.bytes.length > BATCH_BYTES) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(object);
    size += object.bytes.length;
  }
  return batches;
}

function readAnswer<T>(codec: Codec<T>, answer: HttpAnswer): T {
  if (answer.body.length > MAX_BODY_BYTES) throw new MalformedAnswerError('Cannot read answer: too long');
  try {
    return decode(codec, answer.body);
  } catch (cause) {
    throw new MalformedAnswerError('Cannot read the answer of the server: it does not follow the protocol', {
      cause,
    });
  }
}
