// OpenSSH's server, as Debian has it, for one test file.
import { printPublicKeyLine, parsePublicKeyBlob, type KeySigner } from '@orrery/keys';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { freePort } from './free-port.ts';

export interface Sshd {
  readonly port: number;
  /** The blob of its host key, which is of type ssh-ed25519. */
  readonly hostKey: Uint8Array;
  /** A connection to it. */
  dial(): Socket;
  /** What it logged. */
  log(): string;
}

/**
 * Starts one that lets root in with these keys, and stops it after the tests of the file.
 * @param config Lines that come first. @param matches Lines that come last, behind Match.
 * @param prefix Words of a command before the server's own, which becomes the server.
 */
export async function startSshd(
  folder: string,
  userKeys: readonly KeySigner[],
  config: readonly string[] = [],
  matches: readonly string[] = [],
  prefix: readonly string[] = [],
): Promise<Sshd> {
  mkdirSync('/run/sshd', { recursive: true });
  const hostKeyFile = join(folder, 'host_key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', hostKeyFile]);
  const authorized = join(folder, 'authorized_keys');
  writeFileSync(authorized, userKeys.map((key) => `${publicLine(key)}\n`).join(''));
  const port = await freePort();
  const file = join(folder, 'sshd_config');
  const standard = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${authorized}`,
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'LogLevel VERBOSE',
  ];
  writeFileSync(file, [...config, ...standard, ...matches].map((line) => `${line}\n`).join(''));
  const words = [...prefix, '/usr/sbin/sshd', '-D', '-e', '-f', file];
  const sshd = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  sshd.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  after(() => void sshd.kill());
  while (!log.includes('Server listening')) {
    if (sshd.exitCode !== null) throw new Error(`Cannot start sshd: ${log}`);
    await once(sshd.stderr, 'data');
  }
  return {
    port,
    hostKey: blobOf(readFileSync(`${hostKeyFile}.pub`, 'utf8')),
    dial: () => connectSocket({ port, host: '127.0.0.1', noDelay: true }),
    log: () => log,
  };
}

export function publicLine(key: KeySigner): string {
  return printPublicKeyLine(parsePublicKeyBlob(key.publicKey));
}

function blobOf(line: string): Uint8Array {
  return Uint8Array.fromBase64(line.split(' ')[1] ?? '');
}
