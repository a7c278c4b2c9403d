import { join } from 'node:path';
import { compare, cpuOfTree } from '../processes.ts';
import { remark, report } from '../report.ts';
import type { SshServer } from './servers.ts';

/** Odd, so that the median is one of the runs. */
const ROUNDS = 3;

/** The programs of both sides in every pairing: OpenSSH with itself first. */
export function pairings(
  dist: string,
  { sshd, qsshd }: { readonly sshd: SshServer; readonly qsshd: SshServer },
): readonly Pairing[] {
  const [ssh, qssh] = ['/usr/bin/ssh', join(dist, 'qssh')];
  return [
    { names: 'ssh to sshd', client: ssh, server: sshd },
    { names: 'qssh to sshd', client: qssh, server: sshd },
    { names: 'ssh to qsshd', client: ssh, server: qsshd },
    { names: 'qssh to qsshd', client: qssh, server: qsshd },
  ];
}

export interface Pairing {
  readonly names: string;
  readonly client: string;
  readonly server: SshServer;
}

/**
 * Runs the same with every pairing in turn, and prints what each takes beside OpenSSH with itself.
 * @param limit The times as long that it may take. @param only The pairing that this is the goal of; absent: of all.
 * @param mebibytes What goes over, for a rate.
 */
export async function besideOpenSsh(
  what: string,
  all: readonly Pairing[],
  once: (pairing: Pairing) => Promise<void>,
  {
    limit,
    only,
    mebibytes,
    rounds = ROUNDS,
  }: {
    readonly limit: number;
    readonly only?: string;
    readonly mebibytes?: number;
    readonly rounds?: number;
  },
): Promise<void> {
  const served = all.map(() => 0);
  const runs = all.map((pairing, index) => async () => {
    const before = cpuOfTree(pairing.server.pid);
    await once(pairing);
    served[index] = (served[index] ?? 0) + cpuOfTree(pairing.server.pid) - before;
  });
  const costs = await compare(runs, rounds);
  for (const [index, { wall, cpu }] of costs.entries()) {
    const names = all[index]?.names ?? '';
    const ratio = wall / (costs[0]?.wall ?? 0);
    const title = `${what}: ${names}, time beside OpenSSH`;
    if (index > 0 && (only ?? names) === names) report(title, ratio, 'x', limit);
    else if (index > 0) remark(title, `${ratio.toFixed(2)} x`);
    const server = (served[index] ?? 0) / rounds;
    remark(index === 0 ? `${what}: ${names}` : 'the same', shown({ wall, client: cpu, server }, mebibytes));
  }
}

/** All in milliseconds. */
interface Spent {
  readonly wall: number;
  readonly client: number;
  readonly server: number;
}

function shown({ wall, client, server }: Spent, mebibytes: number | undefined): string {
  if (mebibytes === undefined)
    return `${wall.toFixed(0)} ms; CPU ${client.toFixed(0)} ms and ${server.toFixed(0)} ms`;
  const perGib = (cpu: number): string => ((cpu / 1000) * (1024 / mebibytes)).toFixed(2);
  const rate = ((mebibytes * 1000) / wall).toFixed(0);
  return `${rate} MiB/s; CPU s/GiB: client ${perGib(client)}, server ${perGib(server)}`;
}
