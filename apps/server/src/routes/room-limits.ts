import type { Context } from 'hono';
import { overLimit } from '../errors.ts';
import { unixSeconds, type Environment, type Service } from '../service.ts';
import type { Allowance } from '../store/store.ts';
import { perAddress, spendAll } from './per-address.ts';

const TEN_MINUTES = 600;
const MINUTE = 60;

/** Counts a room that is to be opened. @throws {Refusal} 429 */
export async function limitRoomOpenings(service: Service, c: Context<Environment>): Promise<void> {
  const { store, limits } = service;
  const now = unixSeconds(service);
  const address = service.address(c.env.incoming);
  const limit = limits.newRoomsPerAddress;
  const own = perAddress({ key: 'rooms', cost: 1, limit, seconds: TEN_MINUTES }, address);
  const all = { key: 'rooms', cost: 1, limit: limits.newRooms, seconds: TEN_MINUTES };
  const wait = await spendAll(store, [...own, all], now);
  if (wait > 0) throw overLimit('new rooms', wait);
}

/**
 * Counts a request to a room. Whoever asked for many rooms that are none waits; once all together asked for too many,
 * one such request is enough.
 * @throws {Refusal} 429
 */
export async function limitRoomRequests(service: Service, c: Context<Environment>): Promise<void> {
  const { store, limits } = service;
  const now = unixSeconds(service);
  const [own, all] = misses(service, c);
  const exhausted = (await store.spend({ ...all, cost: 0 }, now)) > 0;
  const limit = exhausted ? 1 : own.limit;
  const requests = { key: `room-requests/${service.address(c.env.incoming)}`, cost: 1, seconds: MINUTE };
  const wait =
    (await store.spend({ ...own, limit, cost: 0 }, now)) ||
    (await store.spend({ ...requests, limit: limits.roomRequestsPerAddress }, now));
  if (wait > 0) throw overLimit('requests to rooms', wait);
}

/** Counts a request to a room that is none. */
export async function countRoomMiss(service: Service, c: Context<Environment>): Promise<void> {
  for (const allowance of misses(service, c)) await service.store.spend(allowance, unixSeconds(service));
}

function misses({ limits, address }: Service, c: Context<Environment>): readonly [Allowance, Allowance] {
  const own = `room-misses/${address(c.env.incoming)}`;
  return [
    { key: own, cost: 1, limit: limits.roomMissesPerAddress, seconds: TEN_MINUTES },
    { key: 'room-misses', cost: 1, limit: limits.roomMisses, seconds: TEN_MINUTES },
  ];
}
