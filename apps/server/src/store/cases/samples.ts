import { type AccountKey, type Append, type NewAccount, type Store } from '../store.ts';
import { randomBytes } from '@orrery/crypto';
import { type RoomState } from '@orrery/rendezvous';
import { type Head } from '@orrery/vault';
import assert from 'node:assert/strict';

/** Unix seconds. */
export const NOW = 1_800_000_000;
export const DAY = 24 * 3600;

export function newAccount(username: string): NewAccount {
  return {
    username,
    head: { number: 0, hash: randomBytes(32) },
    state: randomBytes(50),
    record: randomBytes(100),
    founder: { id: randomBytes(32), name: 'laptop', keys: randomBytes(3200), removed: false },
    maxAccounts: 1000,
  };
}

export async function create(
  store: Store,
  username = 'alice',
): Promise<{ account: NewAccount; key: AccountKey }> {
  const account = newAccount(username);
  assert.equal(await store.createAccount(account), 'created');
  return { account, key: (await found(store, account)).account };
}

export async function found(store: Store, { username, founder }: NewAccount) {
  const device = await store.findDevice(username, founder.id);
  assert.ok(device !== undefined);
  return device;
}

export function appendTo(account: AccountKey, before: Head): Append {
  return {
    account,
    before,
    after: { number: before.number + 1, hash: randomBytes(32) },
    state: randomBytes(60),
    records: [randomBytes(20)],
    devices: [],
    adds: [],
    drops: [],
    rekeying: false,
    closed: false,
  };
}

export function sealed(size: number) {
  return { id: randomBytes(16), bytes: randomBytes(size) };
}

export function upload(account: AccountKey, objects: readonly ReturnType<typeof sealed>[]) {
  return { account, objects, space: { objects: 100, bytes: 1e9 }, evict: false, now: NOW };
}

export async function usage(store: Store, account: AccountKey): Promise<number[]> {
  const ledger = await store.readLedger(account);
  assert.ok(ledger !== undefined);
  const { objects, objectBytes, uploads, uploadBytes } = ledger.usage;
  return [objects, objectBytes, uploads, uploadBytes];
}

export function newRoom(expires: number): RoomState {
  const pair = () => [randomBytes(32), randomBytes(32)];
  return { tokens: { newcomer: pair(), admitter: pair() }, expiresAt: expires * 1000 };
}
