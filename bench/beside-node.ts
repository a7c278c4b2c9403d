import { compare, run } from './processes.ts';
import { remark, report } from './report.ts';

/** Odd, so that the median is one of the runs. */
const ROUNDS = 41;

/** A command to measure, and how many times as long as `node -e 0` it may take. */
export interface Measured {
  readonly what: string;
  readonly run: () => Promise<void>;
  readonly limit?: number;
}

/** Runs commands in turn with `node -e 0`, and prints what each costs beside that. */
export async function besideNode(measured: readonly Measured[]): Promise<void> {
  const node = { what: 'node -e 0', run: () => run(process.execPath, ['-e', '0']) };
  const all = [node, ...measured];
  const [least, ...costs] = await compare(
    all.map((command) => command.run),
    ROUNDS,
  );
  if (least === undefined) return;
  for (const [index, { what, limit }] of measured.entries()) {
    const cost = costs[index];
    if (cost === undefined) continue;
    const title = `${what}: wall time beside node -e 0`;
    const ratio = cost.wall / least.wall;
    if (limit === undefined) remark(title, `${ratio.toFixed(2)} x`);
    else report(title, ratio, 'x', limit);
    remark('the same: CPU time beside node -e 0', `${(cost.cpu / least.cpu).toFixed(2)} x`);
    remark('the same: wall and CPU time', `${inWords(cost)}; node -e 0: ${inWords(least)}`);
  }
}

function inWords({ wall, cpu }: { readonly wall: number; readonly cpu: number }): string {
  return `${wall.toFixed(0)} ms, ${cpu.toFixed(0)} ms`;
}
