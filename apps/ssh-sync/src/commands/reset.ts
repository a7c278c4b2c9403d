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
  type Session,
} from '@orrery/vault';
import { remoteEvents, withHome } from '../account.ts';
import { flag, type Context } from '../context.ts';

/** `ssh-sync reset`: leaves the account, then forgets it. The synced folder is not touched. */
export function reset(context: Context): Promise<number> {
  return withHome(context, async (home) => {
    const { terminal, dryRun, options } = context;
    const account = readAccount(home);
    if (account === undefined) return forgetPending(context, home);
    const session = flag(options, 'local') ? undefined : await findMembership(context, home);
    const last = session !== undefined && presentMembers(session.state).length === 1;
    const consequence = last
      ? ' It is the last one: the account and all its files on the server go with it.'
      : '';
    if (dryRun) {
      const plan = `would take "${account.machine}" out of account "${account.username}" and forget what is in "${home.path}".${consequence}`;
      terminal.result('plan', { machine: account.machine, username: account.username, last }, [plan]);
      return 0;
    }
    const question = `Take this machine out of account "${account.username}"?${consequence}`;
    if (!(await terminal.confirm({ question, flag: '--yes' }))) return 1;
    if (session !== undefined) await reach(() => leaveAccount(session));
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
  terminal.result(dryRun ? 'plan' : 'reset', { pending: found }, [
    found
      ? `The interrupted setup ${dryRun ? 'would be' : 'is'} discarded.`
      : 'This machine is not set up: nothing to do.',
  ]);
  return 0;
}

/** The session of a machine that is still to be taken out; undefined if it is out already. */
async function findMembership(context: Context, home: Home): Promise<Session | undefined> {
  const { session } = await openClient(home, remoteEvents(context), !context.dryRun);
  try {
    await reach(() => session.refresh());
    return session;
  } catch (cause) {
    if (cause instanceof RemovedError) return undefined;
    // An earlier try may have ended the account without hearing of it: then the server knows nobody of it.
    const refusal = cause instanceof ExpectedError ? cause.cause : undefined;
    const last = presentMembers(session.state).length === 1;
    if (last && refusal instanceof ServerError && refusal.code === 'forbidden') return undefined;
    throw cause;
  }
}

/** What needs the server, with the way out if that cannot be reached. */
async function reach<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof TransportError || cause instanceof ServerError)) throw cause;
    throw new ExpectedError(cause.message, {
      hint: 'nothing was changed; to forget only the local state: ssh-sync reset --local, and remove this machine from another one',
      cause,
    });
  }
}
