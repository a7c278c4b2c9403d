// npm run bench keys: keys, signatures, lists of revoked keys and the agent, beside OpenSSL, liboqs and OpenSSH.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { besideNode } from '../beside-node.ts';
import { run } from '../processes.ts';
import { benchAgent } from './agent.ts';
import { benchInProcess } from './in-process.ts';
import { benchPrograms } from './programs.ts';
import { benchRevocation } from './revocation.ts';

export async function benchKeys(dist: string, folder: string): Promise<void> {
  const own = mkdtempSync(join(folder, 'keys-'));
  await benchAgent(dist, own);
  await benchRevocation(dist, join(own, 'revoked'));
  await benchInProcess();
  await benchPrograms(dist, join(own, 'made'));
  const key = join(own, 'made', 'ssh-ed25519.pub');
  const show = (): Promise<void> => run(join(dist, 'qssh-keygen'), ['-l', '-f', key]);
  await besideNode([{ what: 'qssh-keygen -l', run: show, limit: 2 }]);
}
