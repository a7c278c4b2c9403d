// npm run bench ssh: our client and server beside OpenSSH's of this machine, in the same run.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { besideNode } from '../beside-node.ts';
import { compare, memoryOf, run } from '../processes.ts';
import { remark, report } from '../report.ts';
import { startRelay } from './delay.ts';
import { benchHandshake, makePostQuantumKeys } from './handshake.ts';
import { benchIdle } from './idle.ts';
import { besideOpenSsh, pairings, type Pairing } from './pairings.ts';
import { loginWords, makeKeys, startSshServer } from './servers.ts';
import { transfer } from './transfer.ts';

const MIB = 2 ** 20;
const CIPHERS = ['aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com'];

/** Milliseconds of delay in each direction, and what then goes over. */
const DELAY = 25;
const DELAYED_MIB = 256;

export async function benchSsh(dist: string, folder: string): Promise<void> {
  makeKeys(folder);
  const [sshd, qsshd] = [
    await startSshServer('/usr/sbin/sshd', folder),
    await startSshServer(join(dist, 'qsshd'), folder),
  ];
  try {
    const all = pairings(dist, { sshd, qsshd });
    await benchBulk(all, folder);
    await benchLogins(all, folder);
    await benchDelay(dist, folder, sshd.port);
    await benchFiles(dist, folder, sshd.port, qsshd.port);
    remark('memory of the listener of qsshd', `${memoryOf(qsshd.pid).now.toFixed(0)} MB`);
  } finally {
    await Promise.all([sshd.stop(), qsshd.stop()]);
  }
  await benchAlone(dist, join(folder, 'post-quantum'));
  await besideNode([{ what: 'qssh -V', run: () => run(join(dist, 'qssh'), ['-V']), limit: 2 }]);
}

/** What has no peer: post-quantum logins without the start of a program, and idle connections. */
async function benchAlone(dist: string, folder: string): Promise<void> {
  const key = makePostQuantumKeys(folder);
  const qsshd = await startSshServer(join(dist, 'qsshd'), folder);
  try {
    await benchIdle(qsshd.port, qsshd.pid, key); // before anything has made it larger
    await benchHandshake(qsshd.port, key);
  } finally {
    await qsshd.stop();
  }
}

async function benchBulk(all: readonly Pairing[], folder: string): Promise<void> {
  const source = makeFile(join(folder, 'source'), 1024);
  for (const cipher of CIPHERS) {
    const words = ({ server }: Pairing): string[] => ['-c', cipher, ...loginWords(folder, server.port)];
    const size = { limit: 1, mebibytes: 1024 };
    await besideOpenSsh(
      `1 GiB from the server, ${cipher}`,
      all,
      (pairing) => transfer(pairing.client, [...words(pairing), `cat ${source}`]),
      size,
    );
    await besideOpenSsh(
      `1 GiB to the server, ${cipher}`,
      all,
      (pairing) => transfer(pairing.client, [...words(pairing), 'cat > /dev/null'], source),
      size,
    );
  }
  rmSync(source);
}

async function benchLogins(all: readonly Pairing[], folder: string): Promise<void> {
  const once = ({ client, server }: Pairing): Promise<void> =>
    transfer(client, [...loginWords(folder, server.port), 'true']);
  const goal = { limit: 0.6, only: 'qssh to qsshd' };
  await besideOpenSsh('a login that runs true', all, once, { ...goal, rounds: 21 });
}

/** Through a relay that delays: the window decides how much is under way. */
async function benchDelay(dist: string, folder: string, port: number): Promise<void> {
  const source = makeFile(join(folder, 'source'), DELAYED_MIB);
  const relay = await startRelay(port, DELAY);
  const get = (client: string) => () =>
    transfer(client, [...loginWords(folder, relay.port), `cat ${source}`]);
  const [theirs, ours] = await compare([get('/usr/bin/ssh'), get(join(dist, 'qssh'))], 3);
  if (theirs === undefined || ours === undefined) return;
  const rate = (wall: number): string => `${((DELAYED_MIB * 1000) / wall).toFixed(0)} MiB/s`;
  const what = `${DELAYED_MIB} MiB from sshd at ${2 * DELAY} ms round trip`;
  report(`${what}: qssh, time beside ssh`, ours.wall / theirs.wall, 'x', 0.2);
  remark('the same: ssh; qssh', `${rate(theirs.wall)}; ${rate(ours.wall)}`);
  relay.stop();
  rmSync(source);
}

async function benchFiles(dist: string, folder: string, sshd: number, qsshd: number): Promise<void> {
  const source = makeFile(join(folder, 'source'), 1024);
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let index = 0; index < 10_000; index++) writeFileSync(join(many, `file-${index}`), 'x'.repeat(1000));
  const [scp, qscp] = ['/usr/bin/scp', join(dist, 'qscp')];
  const copy = (program: string, port: number, path: string) => async (): Promise<void> => {
    const target = join(folder, 'copied');
    const words = loginWords(folder, port)
      .slice(0, -1)
      .map((word) => (word === '-p' ? '-P' : word));
    await transfer(program, ['-q', '-r', ...words, `root@127.0.0.1:${path}`, target]);
    rmSync(target, { recursive: true });
  };
  for (const [what, path, rounds] of [
    ['sftp of one file of 1 GiB', source, 3],
    ['sftp of 10,000 files of 1 KB', many, 3],
  ] as const) {
    const [theirs, client, server] = await compare(
      [copy(scp, sshd, path), copy(qscp, sshd, path), copy(scp, qsshd, path)],
      rounds,
    );
    if (theirs === undefined || client === undefined || server === undefined) return;
    remark(`${what}: scp from sshd`, `${(theirs.wall / 1000).toFixed(1)} s`);
    report(`${what}: qscp from sshd, time beside OpenSSH`, client.wall / theirs.wall, 'x', 1);
    report(`${what}: scp from qsshd, time beside OpenSSH`, server.wall / theirs.wall, 'x', 1);
  }
  rmSync(source);
  execFileSync('rm', ['-r', many]);
}

/** A file in which no block is like another. */
function makeFile(path: string, mebibytes: number): string {
  const file = openSync(path, 'w');
  for (let written = 0; written < mebibytes; written++) writeSync(file, randomBytes(MIB));
  closeSync(file);
  return path;
}
