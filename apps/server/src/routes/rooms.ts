import {
  checkRoomOpen,
  checkRoomRead,
  checkRoomWrite,
  MAX_ROOM_MESSAGE,
  ROLES,
  ROOM_ID_LENGTH,
  ROOM_LIFETIME_SECONDS,
  RoomError,
  roomTokensCodec,
  SLOTS_PER_ROLE,
  WRITE_TOKEN_LENGTH,
  type Role,
} from '@orrery/rendezvous';
import type { Context } from 'hono';
import { readBody, readMessage } from '../body.ts';
import { overLimit, Refusal } from '../errors.ts';
import { ownersOf, type App, type Environment, type Service } from '../service.ts';
import { answerBytes } from './answer.ts';
import { countRoomMiss, limitRoomOpenings, limitRoomRequests } from './room-limits.ts';

/** Seconds that a reader may wait for a message in one request. */
const MAX_WAIT_SECONDS = 25;

/** Seconds after which to try again when all rooms are in use. */
const FULL_RETRY_SECONDS = 60;

const SLOT_PATH = '/v1/rooms/:id/:role/:slot';

interface Slot {
  readonly id: Uint8Array;
  readonly role: Role;
  readonly slot: number;
}

export function roomRoutes(app: App, service: Service): void {
  app.post('/v1/rooms/:id', async (c) => {
    await limitRoomOpenings(service, c);
    const id = readHex(c.req.param('id'), ROOM_ID_LENGTH);
    const body = await readBody(
      c.env,
      service.memory,
      ownersOf(service, c),
      1024,
      service.limits.headerSeconds,
    );
    return c.body(null, (await openRoom(service, id, body)) ? 201 : 200);
  });

  app.put(SLOT_PATH, async (c) =>
    inRoom(service, c, async (slot) => {
      const token = readHex(c.req.header('Room-Token') ?? '', WRITE_TOKEN_LENGTH);
      const message = await readBody(
        c.env,
        service.memory,
        ownersOf(service, c),
        MAX_ROOM_MESSAGE,
        service.limits.headerSeconds,
      );
      await writeSlot(service, slot, token, message);
      return c.body(null, 204);
    }),
  );

  app.get(SLOT_PATH, async (c) =>
    inRoom(service, c, async (slot) => {
      const seconds = readWait(c.req.query('wait'));
      const message = await readSlot(service, c, slot, seconds);
      return message === undefined ? c.body(null, 204) : answerBytes(service, c, 200, message);
    }),
  );
}

/** Opens the room; false if it was opened with the same tokens before. */
async function openRoom(service: Service, id: Uint8Array, body: Uint8Array): Promise<boolean> {
  const tokens = readMessage(roomTokensCodec, body);
  const now = service.clock();
  const room = { tokens, expiresAt: now + ROOM_LIFETIME_SECONDS * 1000 };
  const outcome = await service.store.openRoom(id, room, service.limits.maxRooms);
  if (outcome === 'full') throw overLimit('open rooms', FULL_RETRY_SECONDS);
  if (outcome === 'opened') return true;
  try {
    return checkRoomOpen(outcome, id, tokens, now);
  } catch (cause) {
    throw toRefusal(cause);
  }
}

async function writeSlot(
  { store, clock }: Service,
  { id, role, slot }: Slot,
  token: Uint8Array,
  message: Uint8Array,
): Promise<void> {
  const write = { role, slot, token, message };
  const room = await store.findRoom(id);
  if (!checkRoomWrite(room, await store.readSlot(id, role, slot), write, clock())) return;
  const stored = await store.fillSlot(id, role, slot, message);
  if (stored === undefined) throw new RoomError('no-room');
  // Another writer may have been faster: what stands in the slot is judged once more.
  checkRoomWrite(room, stored, write, clock());
}

/** The message of a slot; waits for it, but not longer than `seconds`, the reader, the room or the server last. */
async function readSlot(
  service: Service,
  c: Context<Environment>,
  { id, role, slot }: Slot,
  seconds: number,
): Promise<Uint8Array | undefined> {
  const { store, clock } = service;
  checkRoomRead(await store.findRoom(id), role, slot, clock());
  const message = await store.readSlot(id, role, slot);
  if (message !== undefined || seconds === 0 || service.stopping.aborted) return message;
  return service.polls.run(service.address(c.env.incoming), async () => {
    const alarm = Promise.withResolvers<void>();
    const unwatch = await store.watchRoom(id, () => alarm.resolve());
    const timer = setTimeout(() => alarm.resolve(), seconds * 1000);
    const end = () => alarm.resolve();
    c.env.outgoing.once('close', end);
    service.stopping.addEventListener('abort', end);
    try {
      const written = await store.readSlot(id, role, slot);
      if (written !== undefined) return written;
      await alarm.promise;
      return await store.readSlot(id, role, slot);
    } finally {
      unwatch();
      clearTimeout(timer);
      service.stopping.removeEventListener('abort', end);
    }
  });
}

/** Runs `action` for the slot that the path names, within the limits that make guessing ids pointless. */
async function inRoom(
  service: Service,
  c: Context<Environment>,
  action: (slot: Slot) => Promise<Response>,
): Promise<Response> {
  await limitRoomRequests(service, c);
  try {
    return await action(readPath(c));
  } catch (cause) {
    const refusal = toRefusal(cause);
    if (refusal instanceof Refusal && (refusal.code === 'no-room' || refusal.code === 'forbidden'))
      await countRoomMiss(service, c);
    throw refusal;
  }
}

/** A path that is none is a room that is none. */
function readPath(c: Context<Environment>): Slot {
  const { id = '', role: name, slot = '' } = c.req.param();
  const role = ROLES.find((known) => known === name);
  const number = Number(slot);
  if (role === undefined || !/^\d$/.test(slot) || number >= SLOTS_PER_ROLE) throw new RoomError('no-room');
  return { id: readHex(id, ROOM_ID_LENGTH), role, slot: number };
}

function readHex(text: string, length: number): Uint8Array {
  if (text.length !== length * 2 || !/^[0-9a-f]*$/.test(text))
    throw new Refusal(
      400,
      'malformed',
      `Cannot read hexadecimal value: ${length} bytes in lower case expected`,
    );
  return Uint8Array.fromHex(text);
}

function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,3}$/.test(text))
    throw new Refusal(400, 'malformed', 'Cannot read "wait": a number of seconds expected');
  return Math.min(Number(text), MAX_WAIT_SECONDS);
}

const roomStatus = { 'no-room': 404, expired: 404, taken: 409, forbidden: 403 } as const;

function toRefusal(error: unknown): unknown {
  if (error instanceof RangeError) return new Refusal(400, 'malformed', error.message);
  if (!(error instanceof RoomError)) return error;
  const { code, message } = error;
  return code === 'unauthentic' || code === 'closed' ? error : new Refusal(roomStatus[code], code, message);
}
