// How long a command takes that needs no network.
import { join } from 'node:path';
import { compare, run } from './processes.ts';
import { remark, report } from './report.ts';

const ROUNDS = 41;

export async function benchStart(dist: string): Promise<void> {
  const costs = await compare(
    {
      node: () => run(process.execPath, ['-e', '0']),
      version: () => run(join(dist, 'ssh-sync'), ['--version']),
    },
    ROUNDS,
  );
  const [node, version] = [costs['node'], costs['version']];
  if (node === undefined || version === undefined) return;
  report('ssh-sync --version, wall time, times that of "node -e 0"', version.wall / node.wall, 'x', 2);
  remark(
    'the same: wall and CPU time',
    `${version.wall.toFixed(0)} ms, ${version.cpu.toFixed(0)} ms; node -e 0: ${node.wall.toFixed(0)} ms, ${node.cpu.toFixed(0)} ms`,
  );
}
