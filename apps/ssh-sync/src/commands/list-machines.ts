import { equal } from '@orrery/bytes';
import {
  fingerprint,
  presentMembers,
  suiteOf,
  type Client,
  type LedgerState,
  type Member,
} from '@orrery/vault';
import { withAccount } from '../account.ts';
import { flag, type Context } from '../context.ts';
import { machineLines, type MachineLine } from '../machine-lines.ts';
import { utcTime } from '../time.ts';

/** `ssh-sync list-machines` */
export function listMachines(context: Context): Promise<number> {
  return withAccount({ ...context, dryRun: true }, async (client) => {
    const { terminal, options } = context;
    const seen = await client.session.remote.seen();
    const machines = presentMembers(client.session.state).map((member) => describe(client, member, seen));
    const lines = await machineLines(machines, flag(options, 'verbose'), terminal);
    terminal.result('machines', { machines: machines.map(toJson) }, lines);
    return 0;
  });
}

function describe({ session }: Client, member: Member, seen: ReadonlyMap<string, number>): MachineLine {
  const { admitted } = firstOf(session.state, member);
  const by = session.state.members.get(admitted.by.toHex());
  const { name: suite, postQuantum } = suiteOf(member.keys);
  return {
    name: member.name,
    thisMachine: equal(member.id, session.device.id),
    suite,
    postQuantum,
    admittedBy: by === undefined || by.admitted === admitted ? 'itself' : by.name,
    admitted: admitted.time,
    lastSeen: seen.get(member.id.toHex()),
    fingerprint: fingerprint(member.id),
  };
}

/** What a machine was before it migrated, as often as it did: the entry that put that out has let this in. */
function firstOf(state: LedgerState, member: Member): Member {
  const before = state.members.get(member.admitted.by.toHex());
  return before?.removed !== undefined && before.removed.number === member.admitted.number
    ? firstOf(state, before)
    : member;
}

function toJson(machine: MachineLine): object {
  const { admitted, lastSeen } = machine;
  return {
    ...machine,
    admitted: utcTime(admitted),
    lastSeen: lastSeen === undefined ? undefined : utcTime(lastSeen),
  };
}
