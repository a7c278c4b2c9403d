import { equal } from '@orrery/bytes';
import { fingerprint, presentMembers, suiteOf, type Client, type Member } from '@orrery/vault';
import { withAccount } from '../account.ts';
import type { Context } from '../context.ts';

/** `ssh-sync list-machines` */
export function listMachines(context: Context): Promise<number> {
  return withAccount({ ...context, dryRun: true }, async (client) => {
    const seen = await client.session.remote.seen();
    const machines = presentMembers(client.session.state).map((member) => describe(client, member, seen));
    const { terminal } = context;
    const rows = machines.map((machine) => [
      machine.name + (machine.thisMachine ? ' (this one)' : ''),
      machine.suite,
      machine.admittedBy,
      when(machine.admitted),
      machine.lastSeen === undefined ? 'never' : when(machine.lastSeen),
      machine.fingerprint,
    ]);
    const columns = ['MACHINE', 'ALGORITHM', 'ADMITTED BY', 'ON', 'LAST SEEN*', 'FINGERPRINT'];
    terminal.result('machines', { machines }, [
      ...(await terminal.table(columns, rows)),
      '* as the server says; a machine never seen may be an interrupted setup: remove it if you do not know it',
    ]);
    return 0;
  });
}

interface MachineLine {
  readonly name: string;
  readonly suite: string;
  readonly admittedBy: string;
  /** Unix seconds. */
  readonly admitted: number;
  readonly lastSeen: number | undefined;
  readonly fingerprint: string;
  readonly thisMachine: boolean;
}

function describe({ session }: Client, member: Member, seen: ReadonlyMap<string, number>): MachineLine {
  const by = session.state.members.get(member.admitted.by.toHex());
  return {
    name: member.name,
    suite: suiteOf(member.keys).name,
    admittedBy: by === undefined || equal(by.id, member.id) ? 'itself' : by.name,
    admitted: Number(member.admitted.time),
    lastSeen: seen.get(member.id.toHex()),
    fingerprint: fingerprint(member.id),
    thisMachine: equal(member.id, session.device.id),
  };
}

function when(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 16);
}
