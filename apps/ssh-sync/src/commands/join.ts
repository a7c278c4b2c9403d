import { RoomError } from '@orrery/rendezvous';
import { ExpectedError, UsageError } from '@orrery/terminal';
import {
  awaitAdmission,
  beginJoining,
  complete,
  discard,
  fingerprint,
  HttpRelay,
  NotAdmittedError,
  ServerError,
  type Home,
  type Joined,
  type Pending,
  type Suite,
} from '@orrery/vault';
import { remoteEvents } from '../account.ts';
import { text, type Context } from '../context.ts';
import { askIdentity } from '../identity.ts';

type Joining = Extract<Pending, { kind: 'join' }>;

/** Milliseconds in which an answer that lies in the room arrives. */
const RESUME_PATIENCE = 5_000;

/** `ssh-sync setup --existing`: shows a phrase and waits until another machine of the account admits this one. */
export async function join(
  context: Context,
  home: Home,
  interrupted: Joining | undefined,
  suite: Suite,
): Promise<number> {
  const { terminal, dryRun } = context;
  if (dryRun) {
    terminal.result('plan', {}, ['would show a phrase and wait for another machine to admit this one']);
    return 0;
  }
  demandAnswer(context);
  const resumed = interrupted === undefined ? undefined : await resume(context, home, interrupted);
  const joined = resumed ?? (await begin(asBefore(context, interrupted), home, suite));
  return agree(context, home, joined);
}

/** Before anybody is kept waiting: the question at the end needs an answer. */
function demandAnswer({ terminal, options }: Context): void {
  if (terminal.interactive || terminal.yes || text(options, 'expectAccount') !== undefined) return;
  throw new UsageError('Cannot ask whether the account is the right one: there is no terminal', {
    hint: 'answer with --expect-account FINGERPRINT or --yes',
  });
}

/** Who said before what this machine shall be called need not say it again. */
function asBefore(context: Context, interrupted: Joining | undefined): Context {
  if (interrupted === undefined) return context;
  const { server, username, machine } = interrupted;
  return { ...context, options: { server, username, machine, ...context.options } };
}

async function begin(context: Context, home: Home, suite: Suite): Promise<Joined> {
  const identity = await askIdentity(context);
  const { pending, phrase } = await beginJoining(home, identity, suite);
  // Whoever reads the words may type them at once.
  return wait(context, home, pending, { opened: () => showPhrase(context, home, phrase) });
}

function showPhrase({ terminal }: Context, home: Home, phrase: string): void {
  const device = home.readDevice('device');
  const own = device === undefined ? 'unknown' : fingerprint(device.id);
  terminal.result('phrase', { phrase, device: own }, [
    'On a machine of the account, within 10 minutes, run "ssh-sync challenge-response"',
    'and give it these words:',
    '',
    `  ${phrase}`,
    '',
    `It shows the fingerprint of this machine: ${own}`,
  ]);
  terminal.note('waiting for the other machine');
}

/**
 * Ends a setup that was interrupted, if the other machine has answered; undefined if it has not, so that it begins
 * anew: nobody knows any more who saw those words.
 */
async function resume(context: Context, home: Home, pending: Joining): Promise<Joined | undefined> {
  const { terminal } = context;
  const { machine, username, server } = pending;
  terminal.note(
    `looking for an answer to the interrupted setup of "${machine}" for account "${username}" at ${server}`,
  );
  const patience = AbortSignal.timeout(RESUME_PATIENCE);
  try {
    const joined = await wait(context, home, pending, { signal: patience });
    terminal.note(`ended the interrupted setup of "${pending.machine}" for account "${pending.username}"`);
    return joined;
  } catch (cause) {
    if (!(cause instanceof RoomError || patience.aborted)) throw cause;
    if (cause instanceof RoomError && cause.code === 'unauthentic')
      terminal.warn('somebody interfered with the interrupted setup: the server, or one who knew its words');
    terminal.note('the interrupted setup was not answered: beginning anew, with new words');
    discard(home);
    return undefined;
  }
}

interface Waiting {
  readonly signal?: AbortSignal;
  readonly opened?: () => void;
}

async function wait(
  context: Context,
  home: Home,
  pending: Joining,
  { signal, opened }: Waiting,
): Promise<Joined> {
  try {
    const relay = new HttpRelay(new URL(pending.server));
    return await awaitAdmission(home, pending, relay, remoteEvents(context), signal, opened);
  } catch (cause) {
    const isUseless = cause instanceof ServerError && cause.code === 'origin';
    if (cause instanceof NotAdmittedError || isUseless) discard(home);
    if (cause instanceof RoomError && cause.code === 'expired' && signal === undefined)
      throw new ExpectedError('Cannot join: no machine admitted this one within 10 minutes', {
        hint: 'run setup again for a new phrase',
        cause,
      });
    throw cause;
  }
}

/** Shows the account and who admitted this machine, and asks: a lying server could have offered another one. */
async function agree(context: Context, home: Home, { account, verified }: Joined): Promise<number> {
  const { terminal, options } = context;
  const found = fingerprint(account.account);
  const device = home.readDevice('device');
  const self = device === undefined ? undefined : verified.state.members.get(device.id.toHex());
  const admitter = self === undefined ? undefined : verified.state.members.get(self.admitted.by.toHex());
  const by = admitter?.name ?? 'unknown';
  terminal.showBlock('This machine was admitted:', [
    `account "${account.username}" with fingerprint ${found}`,
    `by machine "${by}" (${admitter === undefined ? 'unknown' : fingerprint(admitter.id)})`,
  ]);
  const expected = text(options, 'expectAccount');
  const agreed =
    expected === undefined
      ? await terminal.confirm({
          question: 'Is this the account fingerprint that the other machine shows?',
          flag: '--expect-account FINGERPRINT',
          typed: true,
        })
      : expected === found;
  if (!agreed) {
    discard(home);
    throw new ExpectedError(
      `Cannot join account ${found}: ${expected === undefined ? 'it was not accepted' : `"${expected}" was expected`}`,
      { hint: `on a machine of that account, run: ssh-sync remove-machine "${account.machine}"` },
    );
  }
  complete(home, account, verified);
  terminal.result('setup', { ...account, account: found, admittedBy: by }, [
    `This machine is "${account.machine}" of account "${account.username}".`,
    'Next: ssh-sync sync',
  ]);
  return 0;
}
