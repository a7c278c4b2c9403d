import type { Device } from '../device/secret.ts';
import { HttpRemote, type RemoteEvents } from '../remote/http-remote.ts';
import { ServerError } from '../remote/server-error.ts';
import { readAccount, writeAccount, type Account } from './account.ts';
import { DamagedStateError } from './damaged.ts';
import type { Home } from './home.ts';
import { LocalLedger } from './local-ledger.ts';
import { settleMigration } from './membership.ts';
import { RemovedError, RestoredServerError, Session } from './session.ts';

/** The home is not set up yet. */
export class NotSetUpError extends Error {
  override readonly name = 'NotSetUpError';
}

/** A machine that is set up, opened for one command. */
export interface Client {
  readonly home: Home;
  readonly account: Account;
  readonly session: Session;
}

/**
 * Opens a home that is set up, finishing a setup or a migration that was interrupted.
 * @param keeps False: nothing is written down, as `status` and `--dry-run` need it.
 * @param server Another origin than the one that the home names.
 * @throws {NotSetUpError} @throws {DamagedStateError}
 */
export async function openClient(
  home: Home,
  events: RemoteEvents,
  keeps: boolean,
  server?: string,
): Promise<Client> {
  const own = readAccount(home);
  if (own === undefined) throw refuseHome(home);
  const account = server === undefined ? own : { ...own, server };
  const device = home.readDevice('device');
  if (device === undefined) throw new DamagedStateError(home.file('device'), 'it is missing');
  // Left by a setup that was killed when all but this was done.
  if (keeps) home.remove('pending');
  const ledger = LocalLedger.open(home);
  if (!ledger.state.members.has(device.id.toHex()))
    throw new DamagedStateError(home.file('device'), 'it has other keys than the account knows');
  const open = (keys: Device): Session =>
    new Session(keys, new HttpRemote(new URL(account.server), keys, account, events), ledger, keeps);
  const session = open(device);
  const next = home.readDevice('nextDevice');
  if (next === undefined || !(await wasMigrated(session, next))) return { home, account, session };
  if (keeps) settleMigration(home, session.state);
  return { home, account, session: open(next) };
}

/** Without its account a home is not set up, unless the rest of it is there. */
function refuseHome(home: Home): Error {
  if (home.has('ledger') && !home.has('pending'))
    return new DamagedStateError(home.file('account'), 'it is missing');
  return new NotSetUpError(`Cannot use "${home.path}": this machine is not set up`);
}

/**
 * Goes on with the account at another address of its server.
 * @param server Its origin. Nothing is changed unless what is there continues, or is the beginning of, the ledger that
 *   this machine knows.
 * @throws {LedgerError}
 */
export async function moveAccount(
  home: Home,
  server: string,
  events: RemoteEvents,
  keeps: boolean,
): Promise<Account> {
  const { account, session } = await openClient(home, events, keeps, server);
  try {
    await session.refresh();
  } catch (cause) {
    // A copy of the server that lacks the newest entries gets them back by `restoreServer`.
    if (!(cause instanceof RestoredServerError)) throw cause;
  }
  if (keeps) writeAccount(home, account);
  return account;
}

/** The entry of a migration may have been accepted before the interruption: then the old keys are out. */
async function wasMigrated(session: Session, next: Device): Promise<boolean> {
  try {
    await session.refresh();
  } catch (cause) {
    const out = cause instanceof RemovedError || (cause instanceof ServerError && cause.code === 'removed');
    if (!out) throw cause;
  }
  return session.state.members.has(next.id.toHex());
}
