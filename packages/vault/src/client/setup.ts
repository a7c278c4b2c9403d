import { equal } from '@orrery/bytes';
import { deriveRoom, makePhrase, openRoom, type Relay } from '@orrery/rendezvous';
import { Device } from '../device/secret.ts';
import type { Suite } from '../device/suite.ts';
import { Label } from '../labels.ts';
import { buildGenesis } from '../ledger/build.ts';
import { verifyRecords, type Verified } from '../ledger/verify.ts';
import { createAccount, HttpRemote, type RemoteEvents } from '../remote/http-remote.ts';
import { ServerError } from '../remote/server-error.ts';
import { writeAccount, type Account } from './account.ts';
import { askForAdmission, joinLedger, makeHello, readWholeLedger } from './admission.ts';
import { unixNow } from './clock.ts';
import type { Home } from './home.ts';
import { LocalLedger } from './local-ledger.ts';
import { writePending, type Pending } from './pending.ts';

/** What a person says at setup. */
export interface Identity {
  /** Origin of the server. */
  readonly server: string;
  readonly username: string;
  readonly machine: string;
}

type Founding = Extract<Pending, { kind: 'found' }>;
type Joining = Extract<Pending, { kind: 'join' }>;

/** Makes this machine's keys and the genesis of an account; nothing is sent yet. */
export async function beginFounding(home: Home, identity: Identity, suite: Suite): Promise<Founding> {
  const device = newDevice(home, suite);
  const genesis = await buildGenesis(device, identity.username, identity.machine, unixNow());
  const pending: Founding = { kind: 'found', ...identity, genesis };
  writePending(home, pending);
  return pending;
}

/** Founds the account. After an interruption it finds out whether the server has it already. */
export async function finishFounding(
  home: Home,
  pending: Founding,
  registrationToken: string | undefined,
  events: RemoteEvents,
): Promise<Account> {
  const verified = verifyRecords(undefined, [pending.genesis]);
  const account = toAccount(pending, verified);
  try {
    await createAccount(new URL(pending.server), pending.genesis, registrationToken);
  } catch (cause) {
    const taken = cause instanceof ServerError && cause.code === 'username-taken';
    if (!taken || !(await isFounded(home, account, events))) throw cause;
  }
  return complete(home, account, verified);
}

async function isFounded(home: Home, account: Account, events: RemoteEvents): Promise<boolean> {
  const device = home.readDevice('device');
  if (device === undefined) return false;
  try {
    const { state } = await readWholeLedger(new HttpRemote(new URL(account.server), device, account, events));
    return equal(state.account, account.account);
  } catch (cause) {
    if (cause instanceof ServerError) return false;
    throw cause;
  }
}

/** Makes keys and a phrase for a machine that wants to join. Takes about half a second. */
export async function beginJoining(
  home: Home,
  identity: Identity,
  suite: Suite,
): Promise<{ readonly pending: Joining; readonly phrase: string }> {
  const device = newDevice(home, suite);
  const phrase = await makePhrase();
  const room = await deriveRoom(phrase, Label.room, identity.username);
  const hello = await makeHello(device, identity.username, identity.machine);
  const pending: Joining = { kind: 'join', ...identity, room, hello };
  writePending(home, pending);
  return { pending, phrase };
}

/** What a newcomer found out, before a person agrees. */
export interface Joined {
  readonly account: Account;
  readonly verified: Verified;
}

/**
 * Waits in the room until the other machine answers, and reads the ledger that it named.
 * @param sent Called when the room is open: from then on the phrase leads there.
 */
export async function awaitAdmission(
  home: Home,
  pending: Joining,
  relay: Relay,
  events: RemoteEvents,
  signal?: AbortSignal,
  sent?: () => void,
): Promise<Joined> {
  const device = home.readDevice('device');
  if (device === undefined)
    throw new Error(`Cannot join: "${home.file('device')}" is missing; run setup again`);
  const room = await openRoom(relay, pending.room);
  const admission = await askForAdmission(room, pending.hello, signal, sent);
  const { server, username, machine } = pending;
  const account: Account = { server, username, machine, account: admission.genesis };
  const remote = new HttpRemote(new URL(server), device, account, events);
  return { account, verified: await joinLedger(remote, device, username, admission) };
}

/** The last step of both ways: from here on the machine is set up. */
export function complete(home: Home, account: Account, verified: Verified): Account {
  LocalLedger.create(home, verified);
  writeAccount(home, account);
  home.remove('pending');
  return account;
}

/** Forgets a setup that was not ended. */
export function discard(home: Home): void {
  home.remove('pending');
  home.remove('device');
}

function newDevice(home: Home, suite: Suite): Device {
  const device = Device.generate(suite);
  home.writeDevice('device', device);
  return device;
}

function toAccount({ server, username, machine }: Identity, { state }: Verified): Account {
  return { server, username, machine, account: state.account };
}
