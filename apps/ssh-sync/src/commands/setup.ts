import { readFileSync } from 'node:fs';
import { ExpectedError } from '@orrery/terminal';
import {
  beginFounding,
  classicSuite,
  fingerprint,
  finishFounding,
  hybridSuite,
  readAccount,
  readPending,
  type Account,
  type Home,
  type Pending,
  type Suite,
} from '@orrery/vault';
import { remoteEvents, withHome } from '../account.ts';
import { flag, text, type Context } from '../context.ts';
import { askIdentity } from '../identity.ts';
import { join } from './join.ts';

/** `ssh-sync setup`: begins an account or joins one; run again, it ends what was interrupted. */
export function setup(context: Context): Promise<number> {
  return withHome(context, async (home) => {
    demandNew(home);
    const pending = readPending(home);
    const wantsToJoin = flag(context.options, 'existing');
    if (pending?.kind === 'join' || (pending === undefined && wantsToJoin))
      return join(context, home, pending, suiteOf(context));
    return found(context, home, fits(context, pending) ? pending : undefined);
  });
}

function demandNew(home: Home): void {
  const account = readAccount(home);
  if (account === undefined) return;
  throw new ExpectedError(
    `Cannot set up "${home.path}": it is machine "${account.machine}" of account "${account.username}" at ${account.server}`,
    { hint: 'to leave that account first: ssh-sync reset' },
  );
}

/** An interrupted founding is ended only if this time the person says nothing else. */
function fits(
  { options }: Context,
  pending: Pending | undefined,
): pending is Extract<Pending, { kind: 'found' }> {
  if (pending?.kind !== 'found' || flag(options, 'existing')) return false;
  const agrees = (name: 'username' | 'machine'): boolean =>
    (text(options, name) ?? pending[name]) === pending[name];
  const server = text(options, 'server');
  return (
    agrees('username') &&
    agrees('machine') &&
    (server === undefined || new URL(server).origin === pending.server)
  );
}

async function found(
  context: Context,
  home: Home,
  interrupted: Extract<Pending, { kind: 'found' }> | undefined,
): Promise<number> {
  const { terminal, dryRun } = context;
  const identity = interrupted ?? (await askIdentity(context));
  if (dryRun) {
    terminal.print(`would begin account "${identity.username}" at ${identity.server}`);
    return 0;
  }
  const pending = interrupted ?? (await beginFounding(home, identity, suiteOf(context)));
  const account = await finishFounding(home, pending, registrationToken(context), remoteEvents(context));
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

/** The token is a secret, so it comes from a file and not from the command line. */
function registrationToken({ options }: Context): string | undefined {
  const file = text(options, 'registrationTokenFile');
  return file === undefined ? undefined : readFileSync(file, 'utf8').trim();
}

function suiteOf({ options }: Context): Suite {
  return flag(options, 'classic') ? classicSuite : hybridSuite;
}
