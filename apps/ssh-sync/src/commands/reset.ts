import { rmdirSync } from 'node:fs';
import { ExpectedError } from '@orrery/terminal';
import {
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

/** `ssh-sync reset`: leaves the account, then forgets it. The synced folder is not touched. */
export async function reset(context: Context): Promise<number> {
  const code = await withHome(context, (home) => leaveAndForget(context, home));
  if (code === 0 && !context.dryRun) removeIfEmpty(context.home);
  return code;
}

async function leaveAndForget(context: Context, home: Home): Promise<number> {
  const { terminal, dryRun, options } = context;
  const account = readAccount(home);
  if (account === undefined) return forgetPending(context, home);
  const local = flag(options, 'local');
  const session = local ? undefined : await findMembership(context, home);
  const standing = local && (await knowsRemoval(context, home)) ? 'out' : standingOf(local, session);
  const words = wordsFor(account, home, standing);
  const fields = { machine: account.machine, username: account.username };
  if (dryRun) {
    terminal.result('plan', { ...fields, last: standing === 'last' }, [words.plan]);
    return 0;
  }
  if (!(await terminal.confirm({ question: words.question, flag: '--yes' }))) return 1;
  if (session !== undefined) await reach(() => leaveAccount(session));
  home.clear();
  terminal.result('reset', fields, [...words.done, 'Your SSH files are untouched.']);
  return 0;
}

/** One of several machines, the last one, one that the others have put out, or one whose account is not told. */
type Standing = 'member' | 'last' | 'out' | 'untold';

/** Whether this machine has heard that it was put out, without asking the server. */
async function knowsRemoval(context: Context, home: Home): Promise<boolean> {
  // To settle an interrupted migration the server would be asked.
  if (home.has('nextDevice')) return false;
  try {
    const { session } = await openClient(home, remoteEvents(context), false);
    return !isPresent(session.state, session.device.id);
  } catch {
    // Whatever is damaged must not keep it from being forgotten.
    return false;
  }
}

function standingOf(local: boolean, session: Session | undefined): Standing {
  if (local) return 'untold';
  if (session === undefined) return 'out';
  return presentMembers(session.state).length === 1 ? 'last' : 'member';
}

interface Words {
  readonly plan: string;
  readonly question: string;
  readonly done: readonly string[];
}

function wordsFor({ machine, username }: Account, { path }: Home, standing: Standing): Words {
  const account = `account "${username}"`;
  const forgotten = `What this machine knew of ${account} is forgotten.`;
  const gone = 'the account and all its files on the server go with it';
  const leave = `take "${machine}" out of ${account} and forget what is in "${path}"`;
  const forget = `forget what is in "${path}"`;
  switch (standing) {
    case 'member':
    case 'last': {
      const also = standing === 'last' ? ` It is the last one: ${gone}.` : '';
      return {
        plan: `would ${leave}.${also}`,
        question: `Take this machine out of ${account}?${also}`,
        done: [`This machine is no longer part of ${account}.`],
      };
    }
    case 'out':
      return {
        plan: `would ${forget}: "${machine}" is no machine of ${account} any more`,
        question: `"${machine}" is no machine of ${account} any more. Forget what this machine knew of it?`,
        done: [forgotten],
      };
    case 'untold':
      return {
        plan: `would ${forget}, without telling ${account}`,
        question: `Forget what this machine knows of ${account}, without telling the server?`,
        done: [
          forgotten,
          `If "${machine}" is still in the account, remove it from another machine: ssh-sync remove-machine "${machine}"`,
        ],
      };
  }
}

/** What others have put there stays. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, a link, or in a folder where nothing may be removed: it may as well stay.
  }
}

function forgetPending({ terminal, dryRun }: Context, home: Home): number {
  const found = readPending(home) !== undefined;
  if (found && !dryRun) home.clear();
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
    const unreachable = cause instanceof TransportError ? describeUnreachable(cause) : undefined;
    throw new ExpectedError(unreachable?.message ?? cause.message, {
      hint: 'nothing was changed; to forget only the local state: ssh-sync reset --local, and remove this machine from another one',
      cause: unreachable === undefined ? cause : cause.cause,
    });
  }
}
