import { encode, type Codec } from '@orrery/bytes';
import { BODY_TYPE } from '@orrery/vault';
import type { Context } from 'hono';
import { ownersOf, type Environment, type Service } from '../service.ts';

/** Answers with a message of the protocol. */
export function answer<T>(
  service: Service,
  c: Context<Environment>,
  status: 200 | 201,
  codec: Codec<T>,
  value: T,
): Response {
  return answerBytes(service, c, status, encode(codec, value));
}

export function answerBytes(
  service: Service,
  c: Context<Environment>,
  status: 200 | 201,
  bytes: Uint8Array,
): Response {
  service.memory.holdAnswer(c.env.outgoing, bytes.length, ownersOf(service, c));
  return c.body(new Uint8Array(bytes), status, { 'Content-Type': BODY_TYPE });
}
