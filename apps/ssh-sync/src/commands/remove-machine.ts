import { equal } from '@orrery/bytes';
import { ExpectedError, UsageError } from '@orrery/terminal';
import {
  openNewEpoch,
  presentMembers,
  traceMember,
  type Client,
  type Member,
  type Trace,
} from '@orrery/vault';
import { settle, withAccount } from '../account.ts';
import { flag, type Context } from '../context.ts';
import { counted } from '../plural.ts';
import { readableKeys } from '../ssh-keys.ts';

/** `ssh-sync remove-machine`: puts machines out and changes the key, in one entry. */
export async function removeMachine(context: Context): Promise<number> {
  const { options } = context;
  if (flag(options, 'withAdmitted') && flag(options, 'keepAdmitted'))
    throw new UsageError('Cannot use --with-admitted together with --keep-admitted: one of them expected');
  return withAccount(context, async (client) => {
    const member = await findMachine(context, client);
    const trace = traceMember(client.session.state, client.session.history(), member);
    showTrace(context, trace);
    // This machine stays, whoever admitted it: the person is at it.
    const others = trace.admitted.filter(({ id }) => !equal(id, client.session.device.id));
    const removed = [member, ...((await takesAdmitted(context, others)) ? others : [])];
    const keys = await keysAtRisk(context, client);
    if (!(await agreed(context, removed))) return 1;
    if (!context.dryRun) {
      await openNewEpoch(
        client.session,
        removed.map(({ id }) => id),
      );
    }
    report(context, removed, keys);
    if (!context.dryRun) await settle(context, client);
    return 0;
  });
}

/** Whatever keeps this list from being made must not keep the machine in the account. */
async function keysAtRisk({ terminal }: Context, client: Client): Promise<readonly string[]> {
  try {
    return await readableKeys(client);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    terminal.warn(`the keys that it could read cannot be listed: ${cause.message}`);
    return [];
  }
}

async function findMachine({ terminal, words }: Context, { session }: Client): Promise<Member> {
  const others = presentMembers(session.state).filter((member) => !equal(member.id, session.device.id));
  const [name] = words;
  if (name === undefined) {
    if (others.length === 0) throw new ExpectedError('Cannot remove a machine: this is the only one');
    const choices = others.map((value) => ({ value, label: value.name }));
    return terminal.choose({ question: 'Which machine?', flag: 'NAME', choices });
  }
  const member = presentMembers(session.state).find((candidate) => candidate.name === name);
  if (member === undefined)
    throw new ExpectedError(
      `Cannot remove machine "${name}": the account has ${others.map((other) => `"${other.name}"`).join(', ') || 'no other'}`,
    );
  if (equal(member.id, session.device.id))
    throw new UsageError(`Cannot remove machine "${name}": it is this one`, {
      hint: 'to leave the account: ssh-sync reset',
    });
  return member;
}

function showTrace({ terminal }: Context, { member, commits, admitted }: Trace): void {
  terminal.event('trace', { machine: member.name, commits, admitted: admitted.map(({ name }) => name) });
  const changes =
    commits.length === 0
      ? 'it changed no files'
      : `it changed files ${counted(commits.length, 'time')} (entries ${commits.slice(-20).join(', ')})`;
  const others =
    admitted.length === 0
      ? 'it admitted no machine that is still there'
      : `it admitted, itself or through others: ${admitted.map(({ name }) => `"${name}"`).join(', ')}`;
  terminal.showBlock(`Machine "${member.name}":`, [changes, others]);
}

async function takesAdmitted({ terminal, options }: Context, others: readonly Member[]): Promise<boolean> {
  if (others.length === 0 || flag(options, 'keepAdmitted')) return false;
  if (flag(options, 'withAdmitted')) return true;
  return terminal.confirm({
    question: `Remove those that it admitted, too: ${others.map(({ name }) => `"${name}"`).join(', ')}?`,
    flag: '--with-admitted or --keep-admitted',
    yesAnswers: false,
  });
}

async function agreed({ terminal, dryRun }: Context, removed: readonly Member[]): Promise<boolean> {
  if (dryRun) return true;
  const names = removed.map(({ name }) => `"${name}"`).join(', ');
  return terminal.confirm({ question: `Remove ${names} for good, and change the key?`, flag: '--yes' });
}

function report({ terminal, dryRun }: Context, removed: readonly Member[], keys: readonly string[]): void {
  const names = removed.map(({ name }) => name);
  terminal.result(dryRun ? 'plan' : 'removed', { machines: names, readableKeys: keys }, [
    ...names.map((name) => `"${name}" ${dryRun ? 'would be' : 'is'} removed.`),
    ...(keys.length === 0
      ? []
      : [
          'What it could read it has read. Replace wherever they give access the keys that are no longer in the account, and these:',
        ]),
    ...keys.map((name) => `  ${name}`),
  ]);
}
