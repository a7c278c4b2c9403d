import { join } from 'node:path';
import { compare } from '../processes.ts';
import { remark, report } from '../report.ts';

/** Odd, so that the median is one of the runs. */
const ROUNDS = 3;

/** The programs of both sides in every pairing, with the ports of the servers: OpenSSH with itself first. */
export function pairings(
  dist: string,
  { sshd, qsshd }: { readonly sshd: number; readonly qsshd: number },
): readonly Pairing[] {
  const [ssh, qssh] = ['/usr/bin/ssh', join(dist, 'qssh')];
  return [
    { names: 'ssh to sshd', client: ssh, port: sshd },
    { names: 'qssh to sshd', client: qssh, port: sshd },
    { names: 'ssh to qsshd', client: ssh, port: qsshd },
    { names: 'qssh to qsshd', client: qssh, port: qsshd },
  ];
}

export interface Pairing {
  readonly names: string;
  readonly client: string;
  readonly port: number;
}

/**
 * Runs the same with every pairing in turn, and prints what each takes beside OpenSSH with itself.
 * @param limit The times as long that it may take. @param mebibytes What goes over, for a rate.
 */
export async function besideOpenSsh(
  what: string,
  all: readonly Pairing[],
  once: (pairing: Pairing) => Promise<void>,
  {
    limit,
    mebibytes,
    rounds = ROUNDS,
  }: { readonly limit: number; readonly mebibytes?: number; readonly rounds?: number },
): Promise<void> {
  const [least, ...costs] = await compare(
    all.map((pairing) => () => once(pairing)),
    rounds,
  );
  if (least === undefined) return;
  const shown = (wall: number): string =>
    mebibytes === undefined ? `${wall.toFixed(0)} ms` : `${((mebibytes * 1000) / wall).toFixed(0)} MiB/s`;
  remark(`${what}: ${all[0]?.names}`, shown(least.wall));
  for (const [index, { wall, cpu }] of costs.entries()) {
    const names = all[index + 1]?.names ?? '';
    report(`${what}: ${names}, time beside OpenSSH`, wall / least.wall, 'x', limit);
    remark(
      `the same: rate; CPU of the client`,
      `${shown(wall)}; ${(cpu / 1000).toFixed(2)} s, OpenSSH's ${(least.cpu / 1000).toFixed(2)} s`,
    );
  }
}
