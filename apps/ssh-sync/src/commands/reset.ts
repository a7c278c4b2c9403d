import { ExpectedError } from '@orrery/terminal';
import {
  discard,
  leaveAccount,
  openClient,
  presentMembers,
  readAccount,
  readPending,
  RemovedError,
  ServerError,
  TransportError,
  type Home,
} from '@orrery/vault';
import { remoteEvents, withHome } from '../account.ts';
import { flag, type Context } from '../context.ts';

/** `ssh-sync reset`: leaves the account, then forgets it. The synced folder is not touched. */
export function reset(context: Context): Promise<number> {
  return withHome(context, async (home) => {
    const { terminal, dryRun, options } = context;
    const account = readAccount(home);
    if (account === undefined) return forgetPending(context, home);
    const last = flag(options, 'local') ? false : await isLastMachine(context, home);
    if (dryRun) {
      terminal.print(
        `would take "${account.machine}" out of account "${account.username}" and remove "${home.path}"`,
      );
      return 0;
    }
    const consequence = last
      ? ' It is the last one: the account and all its files on the server go with it.'
      : '';
    const question = `Take this machine out of account "${account.username}"?${consequence}`;
    if (!(await terminal.confirm({ question, flag: '--yes' }))) return 1;
    if (!flag(options, 'local')) await leave(context, home, last);
    home.clear();
    terminal.result('reset', { machine: account.machine, username: account.username }, [
      `This machine is no longer part of account "${account.username}". Your SSH files are untouched.`,
    ]);
    return 0;
  });
}

function forgetPending({ terminal, dryRun }: Context, home: Home): number {
  const found = readPending(home) !== undefined;
  if (!dryRun) discard(home);
  terminal.result('reset', { pending: found }, [
    found ? 'The interrupted setup is discarded.' : 'This machine is not set up: nothing to do.',
  ]);
  return 0;
}

async function isLastMachine(context: Context, home: Home): Promise<boolean> {
  const { session } = await openClient(home, remoteEvents(context), false);
  return presentMembers(session.state).length === 1;
}

async function leave(context: Context, home: Home, last: boolean): Promise<void> {
  const { session } = await openClient(home, remoteEvents(context), true);
  try {
    await session.refresh();
    await leaveAccount(session);
  } catch (cause) {
    if (cause instanceof RemovedError) return;
    // An earlier try may have ended the account without hearing of it: then the server knows nobody of it.
    if (last && cause instanceof ServerError && cause.code === 'forbidden') return;
    if (!(cause instanceof TransportError || cause instanceof ServerError)) throw cause;
    throw new ExpectedError(cause.message, {
      hint: 'nothing was changed; to forget only the local state: ssh-sync reset --local, and remove this machine from another one',
      cause,
    });
  }
}
