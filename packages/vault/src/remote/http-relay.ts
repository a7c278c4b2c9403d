import { encode } from '@orrery/bytes';
import {
  MAX_ROOM_MESSAGE,
  RoomError,
  roomTokensCodec,
  type Relay,
  type Role,
  type RoomTokens,
} from '@orrery/rendezvous';
import { BODY_TYPE } from '../request/wire.ts';
import { exchange, type HttpAnswer } from './http.ts';
import { readServerError } from './server-error.ts';

const EMPTY: Uint8Array = new Uint8Array();
const ROOM_CODES = ['no-room', 'taken', 'forbidden', 'expired', 'closed'] as const;

/** The rooms of a server. Nothing here is signed: who knows the phrase may enter. */
export class HttpRelay implements Relay {
  readonly #server: URL;

  constructor(server: URL) {
    this.#server = server;
  }

  async open(id: Uint8Array, tokens: RoomTokens): Promise<void> {
    // Who is admitted under an address that is none of the server's could send no request afterwards.
    const headers = { 'server-origin': this.#server.origin };
    const body = encode(roomTokensCodec, tokens);
    const answer = await this.#send('POST', `/v1/rooms/${id.toHex()}`, headers, body);
    demand('open the room', answer, [201, 204, 200]);
  }

  async write(
    id: Uint8Array,
    role: Role,
    slot: number,
    token: Uint8Array,
    message: Uint8Array,
  ): Promise<void> {
    const headers = { 'room-token': token.toHex() };
    const answer = await this.#send('PUT', `/v1/rooms/${id.toHex()}/${role}/${slot}`, headers, message);
    demand('write to the room', answer, [200, 201, 204]);
  }

  async read(
    id: Uint8Array,
    role: Role,
    slot: number,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const target = `/v1/rooms/${id.toHex()}/${role}/${slot}?wait=${Math.floor(waitSeconds)}`;
    const answer = await this.#send('GET', target, {}, EMPTY, signal);
    if (answer.status === 204) return undefined;
    demand('read the room', answer, [200]);
    if (answer.body.length > MAX_ROOM_MESSAGE) throw new RoomError('unauthentic');
    return answer.body;
  }

  #send(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    return exchange(
      new URL(target, this.#server),
      method,
      { 'content-type': BODY_TYPE, ...headers },
      body,
      signal,
    );
  }
}

function demand(action: string, answer: HttpAnswer, statuses: readonly number[]): void {
  if (statuses.includes(answer.status)) return;
  const error = readServerError(action, answer.status, answer.body);
  const code = ROOM_CODES.find((known) => known === error.code);
  throw code === undefined ? error : new RoomError(code, { cause: error });
}
