import { existsSync, rmdirSync } from 'node:fs';
import { ExpectedError } from '@orrery/terminal';
import {
  DamagedStateError,
  isPresent,
  leaveAccount,
  openClient,
  presentMembers,
  readAccount,
  readPending,
  RemovedError,
  ServerError,
  TransportError,
  type Account,
  type Home,
  type Session,
} from '@orrery/vault';
import { remoteEvents, withHome } from '../account.ts';
import { flag, type Context } from '../context.ts';
import { describeUnreachable } from '../unreachable.ts';
import { wordsFor, type Standing } from './reset-words.ts';

/** `ssh-sync reset`: leaves the account, then forgets it. The synced folder is not touched. */
export async function reset(context: Context): Promise<number> {
  if (!existsSync(context.home)) return nothingToDo(context);
  const code = await withHome(context, (home) => leaveAndForget(context, home));
  if (code === 0 && !context.dryRun) removeIfEmpty(context.home);
  return code;
}

async function leaveAndForget(context: Context, home: Home): Promise<number> {
  const { terminal, dryRun, options } = context;
  const local = flag(options, 'local');
  const account = local ? unlessDamaged(() => readAccount(home)) : readAccount(home);
  if (account === undefined) return forgetRest(context, home);
  const session = local ? undefined : await findMembership(context, home);
  const standing = local ? await localStanding(context, home) : standingOf(session);
  const words = wordsFor(account, home.path, standing);
  const fields = { machine: account.machine, username: account.username };
  if (dryRun) {
    terminal.result('plan', { ...fields, last: standing === 'last' }, [words.plan]);
    return 0;
  }
  if (!(await terminal.confirm({ question: words.question, flag: '--yes' }))) return 1;
  if (session !== undefined) await reach(account, session, () => leaveAccount(session));
  home.clear();
  terminal.result('reset', fields, [...words.done, 'Your SSH files are untouched.']);
  return 0;
}

function standingOf(session: Session | undefined): Standing {
  if (session === undefined) return 'out';
  return isAlone(session) ? 'last' : 'member';
}

/** What this machine has heard of itself, without asking the server. */
async function localStanding(context: Context, home: Home): Promise<Standing> {
  // To settle an interrupted migration the server would be asked.
  if (home.has('nextDevice')) return 'untold';
  try {
    const { session } = await openClient(home, remoteEvents(context), false);
    if (!isPresent(session.state, session.device.id)) return 'out';
    return isAlone(session) ? 'alone' : 'untold';
  } catch {
    // Whatever is damaged must not keep it from being forgotten.
    return 'untold';
  }
}

function isAlone({ state }: Session): boolean {
  return presentMembers(state).length === 1;
}

/** What others have put there stays. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, a link, or in a folder where nothing may be removed: it may as well stay.
  }
}

/** Forgets what is here without an account: a setup that was interrupted, or what damage has left of one. */
async function forgetRest(context: Context, home: Home): Promise<number> {
  const { terminal, dryRun, options } = context;
  const local = flag(options, 'local');
  const isPending = (local ? unlessDamaged(() => readPending(home)) : readPending(home)) !== undefined;
  if (!isPending && !home.isUsed) return nothingToDo(context);
  if (!isPending) {
    if (!local)
      throw new DamagedStateError(home.file('account'), 'it is missing, and more of an account is here');
    const question = `Forget what is left of an account in "${home.path}", without telling the server?`;
    if (!dryRun && !(await terminal.confirm({ question, flag: '--yes' }))) return 1;
  }
  if (!dryRun) home.clear();
  const what = isPending ? 'The interrupted setup' : 'What was left of an account';
  const done = isPending ? 'discarded' : 'forgotten';
  terminal.result(dryRun ? 'plan' : 'reset', { pending: isPending }, [
    `${what} ${dryRun ? 'would be' : 'is'} ${done}.`,
  ]);
  return 0;
}

function nothingToDo({ terminal, dryRun }: Context): number {
  terminal.result(dryRun ? 'plan' : 'reset', { pending: false }, [
    'This machine is not set up: nothing to do.',
  ]);
  return 0;
}

function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof DamagedStateError) return undefined;
    throw cause;
  }
}

/** The session of a machine that is still to be taken out; undefined if a signed entry has put it out. */
async function findMembership(context: Context, home: Home): Promise<Session | undefined> {
  const { account, session } = await openClient(home, remoteEvents(context), !context.dryRun);
  try {
    await reach(account, session, () => session.refresh());
    return session;
  } catch (cause) {
    if (cause instanceof RemovedError) return undefined;
    throw cause;
  }
}

/** What needs the server, with the way out if that cannot be reached, or knows nothing of this machine. */
async function reach<T>({ server }: Account, session: Session, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof TransportError || cause instanceof ServerError)) throw cause;
    const unreachable = cause instanceof TransportError ? describeUnreachable(cause) : undefined;
    const isRefused = cause instanceof ServerError && cause.status === 401;
    const hints = [
      ...(isRefused ? [`is ${server} still its address? if not: ssh-sync setup --server URL`] : []),
      isAlone(session)
        ? 'nothing was changed; to forget only the local state: ssh-sync reset --local; this is the only machine: if the account is still there, nobody can open it then'
        : 'nothing was changed; to forget only the local state: ssh-sync reset --local, and remove this machine from another one',
    ];
    throw new ExpectedError(unreachable?.message ?? cause.message, {
      hint: hints.join('\n'),
      cause: unreachable === undefined ? cause : cause.cause,
    });
  }
}
