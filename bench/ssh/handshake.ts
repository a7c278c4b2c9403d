// From connect() to an authenticated user with ML-KEM and ML-DSA in all places, without the start of a program.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import { formatPrivateKey, generatePrivateKey, parsePublicKeyBlob, printPublicKeyLine } from '@orrery/keys';
import type { KeySigner } from '@orrery/keys';
import { connect, publicKey, type Client } from '@orrery/ssh';
import { remark, report } from '../report.ts';

/** The first ones are slower: functions are compiled when they have run often. */
const WARM_UP = 50;
const RUNS = 101;

/** Logs in with a key; the client's process is this one. Both sides prefer what is post-quantum. */
export function logIn(port: number, key: KeySigner): Promise<Client> {
  return connect(dial({ port, host: '127.0.0.1', noDelay: true }), {
    user: 'root',
    checkHostKey: () => undefined, // it is our own server, made for this
    authentication: [publicKey(key, { isSure: true })],
  });
}

/** Makes a folder with keys as `startSshServer` takes them, post-quantum; gives the user's. */
export function makePostQuantumKeys(folder: string): KeySigner {
  mkdirSync(folder);
  const [host, user] = [
    generatePrivateKey('ssh-mldsa44-ed25519', 'bench'),
    generatePrivateKey('ssh-mldsa44-ed25519', 'bench'),
  ];
  for (const [name, key] of [
    ['host', host],
    ['user', user],
  ] as const) {
    writeFileSync(join(folder, name), formatPrivateKey(key), { mode: 0o600 });
    writeFileSync(join(folder, `${name}.pub`), `${printPublicKeyLine(parsePublicKeyBlob(key.publicKey))}\n`);
  }
  return user.signer();
}

/** @param port Of qsshd with these keys. */
export async function benchHandshake(port: number, key: KeySigner): Promise<void> {
  const server = fork(join(import.meta.dirname, 'login-server.ts'));
  server.send(key.publicKey.toBase64());
  const [libraryPort] = (await once(server, 'message')) as [number];
  const library = await measure(libraryPort, key, WARM_UP);
  server.disconnect();
  report('connect to authenticated, post-quantum, library to library', library, 'ms', 5);
  remark('the same, library to qsshd', `${(await measure(port, key, 5)).toFixed(1)} ms`);
}

async function measure(port: number, key: KeySigner, warmUp: number): Promise<number> {
  const times: number[] = [];
  for (let run = -warmUp; run < RUNS; run++) {
    const start = performance.now();
    const client = await logIn(port, key);
    if (run >= 0) times.push(performance.now() - start);
    client.close();
    await client.closed;
  }
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}
