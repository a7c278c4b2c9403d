import { encode, equal } from '@orrery/bytes';
import { equalSecret, sha256 } from '@orrery/crypto';
import {
  deviceKeysCodec,
  headCodec,
  presentMembers,
  recordCodec,
  stateCodec,
  type LedgerState,
} from '@orrery/vault';
import type { Context } from 'hono';
import { readBody, readMessage } from '../body.ts';
import { overLimit, Refusal } from '../errors.ts';
import { ownersOf, unixSeconds, type App, type Environment, type Service } from '../service.ts';
import { verifyEntry } from '../verify-entry.ts';
import { answer } from './answer.ts';
import { perAddress, spendAll } from './per-address.ts';

/** Bytes of a genesis with its signatures; a hybrid one has about 8,000. */
const MAX_GENESIS_BYTES = 32 * 1024;

const HOUR = 3600;

export function accountRoutes(app: App, service: Service): void {
  app.post('/v1/accounts', async (c) => {
    await limitOpenings(service, c);
    demandRegistration(service, c.req.header('Authorization'));
    const body = await readBody(
      c.env,
      service.memory,
      ownersOf(service, c),
      MAX_GENESIS_BYTES,
      service.limits.headerSeconds,
    );
    const state = verifyEntry(undefined, readMessage(recordCodec, body));
    await create(service, state, body);
    c.set('account', state.account.subarray(0, 4).toHex());
    return answer(service, c, 201, headCodec, state.head);
  });
}

/** Creates the account, or finds that this very genesis has created it: the client did not hear the answer. */
async function create(service: Service, state: LedgerState, record: Uint8Array): Promise<void> {
  const [founder] = presentMembers(state);
  if (founder === undefined)
    throw new Refusal(422, 'invalid-entry', 'Cannot create account: it has no machine');
  const { username, head } = state;
  const outcome = await service.store.createAccount({
    username,
    head,
    state: encode(stateCodec, state),
    record,
    founder: {
      id: founder.id,
      name: founder.name,
      keys: encode(deviceKeysCodec, founder.keys),
      removed: false,
    },
    maxAccounts: service.limits.maxAccounts,
  });
  if (outcome === 'full')
    throw new Refusal(403, 'registration-closed', 'Cannot create account: this server takes no more of them');
  if (outcome === 'created') return;
  const standing = await service.store.findGenesis(username);
  if (standing === undefined || !equal(standing, record))
    throw new Refusal(409, 'username-taken', `Cannot create account: the username "${username}" is taken`);
}

async function limitOpenings(service: Service, c: Context<Environment>): Promise<void> {
  const { store, limits } = service;
  const now = unixSeconds(service);
  const address = service.address(c.env.incoming);
  const limit = limits.newAccountsPerAddress;
  const own = perAddress({ key: 'accounts', cost: 1, limit, seconds: HOUR }, address);
  const all = { key: 'accounts', cost: 1, limit: limits.newAccountsPerHour, seconds: HOUR };
  const wait = await spendAll(store, [...own, all], now);
  if (wait > 0) throw overLimit('new accounts', wait);
}

function demandRegistration({ registration }: Service, authorization: string | undefined): void {
  if (registration.kind === 'open') return;
  const given = /^Registration (.+)$/.exec(authorization ?? '')?.[1] ?? '';
  // Hashes have one length, so that the comparison takes the same time for every guess.
  const granted =
    registration.kind === 'token' && equalSecret(sha256(new TextEncoder().encode(given)), registration.hash);
  if (granted) return;
  const why =
    registration.kind === 'closed'
      ? 'takes no new ones'
      : given === ''
        ? 'demands its registration token'
        : 'has another registration token';
  throw new Refusal(403, 'registration-closed', `Cannot create account: this server ${why}`);
}
