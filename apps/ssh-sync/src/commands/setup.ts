import { ExpectedError } from '@orrery/terminal';
import {
  beginFounding,
  classicSuite,
  fingerprint,
  finishFounding,
  DamagedStateError,
  discard,
  hybridSuite,
  moveAccount,
  readAccount,
  readPending,
  ServerError,
  type Account,
  type Home,
  type Pending,
  type Suite,
} from '@orrery/vault';
import { remoteEvents, withHome } from '../account.ts';
import { flag, text, type Context } from '../context.ts';
import { askIdentity, useServer } from '../identity.ts';
import { explainRefusal, readToken } from '../registration.ts';
import { join } from './join.ts';

/**
 * `ssh-sync setup`: begins an account or joins one; run again, it ends what was interrupted. On a machine that is set up
 * it only takes another address of the server.
 */
export function setup(context: Context): Promise<number> {
  return withHome(context, async (home) => {
    const account = readAccount(home);
    if (account !== undefined) return move(context, home, account);
    const pending = readPending(home);
    if (pending === undefined && home.has('ledger'))
      throw new DamagedStateError(home.file('account'), 'it is missing, and more of an account is here');
    const same = pending !== undefined && agrees(context, pending);
    if (flag(context.options, 'existing') || (same && pending.kind === 'join' && saysNothing(context)))
      return join(context, home, same && pending.kind === 'join' ? pending : undefined, suiteOf(context));
    return found(context, home, same && pending.kind === 'found' ? pending : undefined);
  });
}

/** Goes on with the same account at another address; anything else is for a machine that is not set up. */
async function move(context: Context, home: Home, account: Account): Promise<number> {
  const { terminal, options, dryRun } = context;
  const { username, machine } = account;
  const named = text(options, 'server');
  const server = named === undefined ? account.server : useServer(context, named);
  const isSame = (name: 'username' | 'machine'): boolean =>
    (text(options, name) ?? account[name]) === account[name];
  if (server === account.server || !isSame('username') || !isSame('machine') || flag(options, 'existing'))
    throw new ExpectedError(
      `Cannot set up "${home.path}": it is machine "${machine}" of account "${username}" at ${account.server}`,
      { hint: 'to leave that account first: ssh-sync reset' },
    );
  await moveAccount(home, server, remoteEvents(context), !dryRun);
  const fields = { username, machine, server, account: fingerprint(account.account) };
  terminal.result(dryRun ? 'plan' : 'setup', fields, [
    `This machine ${dryRun ? 'would go' : 'goes'} on with account "${username}" at ${server}.`,
  ]);
  return 0;
}

const IDENTITY = ['server', 'username', 'machine'] as const;

/** An interrupted setup is ended only if this time the person says nothing else. */
function agrees({ options }: Context, pending: Pending): boolean {
  return IDENTITY.every((name) => {
    const said = text(options, name);
    if (said === undefined) return true;
    return (name === 'server' && URL.canParse(said) ? new URL(said).origin : said) === pending[name];
  });
}

function saysNothing({ options }: Context): boolean {
  return IDENTITY.every((name) => text(options, name) === undefined);
}

async function found(
  context: Context,
  home: Home,
  interrupted: Extract<Pending, { kind: 'found' }> | undefined,
): Promise<number> {
  const { terminal, dryRun } = context;
  const identity = interrupted ?? (await askIdentity(context));
  if (dryRun) {
    const { server, username, machine } = identity;
    terminal.result('plan', { server, username, machine }, [
      `would begin account "${username}" at ${server}, with this machine as "${machine}"`,
    ]);
    return 0;
  }
  const token = readToken(context.options);
  const pending = interrupted ?? (await beginFounding(home, identity, suiteOf(context)));
  if (interrupted !== undefined)
    terminal.note(
      `ending the interrupted setup of "${pending.machine}" for account "${pending.username}" at ${pending.server}`,
    );
  const account = await finishFounding(home, pending, token, remoteEvents(context)).catch(
    (cause: unknown) => {
      if (cause instanceof ServerError && cause.code === 'origin') discard(home);
      throw explainRefusal(context.options, cause);
    },
  );
  reportAccount(context, home, account);
  return 0;
}

function reportAccount({ terminal }: Context, home: Home, account: Account): void {
  const device = home.readDevice('device');
  const fields = {
    username: account.username,
    machine: account.machine,
    server: account.server,
    account: fingerprint(account.account),
    ...(device === undefined ? {} : { device: fingerprint(device.id), suite: device.suite.name }),
  };
  terminal.result('setup', fields, [
    `Account "${account.username}" is ready, and this machine is "${account.machine}".`,
    `Account fingerprint: ${fields.account}`,
    'Next: ssh-sync sync',
  ]);
}

function suiteOf({ options }: Context): Suite {
  return flag(options, 'classic') ? classicSuite : hybridSuite;
}
