import type { Device } from '../device/secret.ts';
import { HttpRemote, type RemoteEvents } from '../remote/http-remote.ts';
import { ServerError } from '../remote/server-error.ts';
import { readAccount, type Account } from './account.ts';
import type { Home } from './home.ts';
import { LocalLedger } from './local-ledger.ts';
import { settleMigration } from './membership.ts';
import { RemovedError, Session } from './session.ts';

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
 * @throws {NotSetUpError}
 */
export async function openClient(home: Home, events: RemoteEvents, keeps: boolean): Promise<Client> {
  const account = readAccount(home);
  const device = home.readDevice('device');
  if (account === undefined || device === undefined)
    throw new NotSetUpError(`Cannot use "${home.path}": this machine is not set up`);
  // Left by a setup that was killed when all but this was done.
  if (keeps) home.remove('pending');
  const ledger = LocalLedger.open(home);
  const open = (keys: Device): Session =>
    new Session(keys, new HttpRemote(new URL(account.server), keys, account, events), ledger, keeps);
  const session = open(device);
  const next = home.readDevice('nextDevice');
  if (next === undefined || !(await wasMigrated(session, next))) return { home, account, session };
  if (keeps) settleMigration(home, session.state);
  return { home, account, session: open(next) };
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
