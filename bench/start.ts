// How long a command takes that needs no network.
import { join } from 'node:path';
import { besideNode } from './beside-node.ts';
import { run } from './processes.ts';

export function benchStart(dist: string): Promise<void> {
  const version = (): Promise<void> => run(join(dist, 'ssh-sync'), ['--version']);
  return besideNode([{ what: 'ssh-sync --version', run: version, limit: 2 }]);
}
