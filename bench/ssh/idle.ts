// What connections cost that do nothing.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeySigner } from '@orrery/keys';
import { remark, report } from '../report.ts';
import { logIn } from './handshake.ts';

const CONNECTIONS = 1000;
/** Logins under way at the same time. */
const AT_ONCE = 4;

/** 1,000 connections of one user, each with a session in which nothing runs. @param pid Of qsshd. */
export async function benchIdle(port: number, pid: number, key: KeySigner): Promise<void> {
  const clients: { close(): void }[] = [];
  const open = async (): Promise<void> => {
    const client = await logIn(port, key);
    await client.session();
    clients.push(client);
  };
  const before = await memoryOfTree(pid);
  await open();
  const first = await memoryOfTree(pid);
  for (let left = CONNECTIONS; left > 0; left -= AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, open));
  const all = await memoryOfTree(pid);
  for (const client of clients) client.close();
  report(`each of ${CONNECTIONS} idle connections, memory`, (all - first) / CONNECTIONS, 'MB', 1);
  remark('qsshd without one; the first one', `${before.toFixed(0)} MB; ${(first - before).toFixed(0)} MB`);
}

/** Of a process and all that it started, in MB (10^6 bytes), once it is quiet; what they share counts once. */
async function memoryOfTree(pid: number): Promise<number> {
  await sleep(2000); // those that wait for the next login have started by then
  const pids = [pid];
  for (const parent of pids)
    pids.push(
      ...readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  const kib = pids.map((one) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1]),
  );
  return (kib.reduce((sum, each) => sum + each, 0) * 1024) / 1e6;
}
