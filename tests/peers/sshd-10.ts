// OpenSSH's server of the Debian 13, for one test file.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { freePort } from '../interop/stage/free-port.ts';
import { type Shared, startThere } from './debian-13.ts';

/** Starts it with these lines of configuration, and stops it after the tests of the file. @returns its port */
export async function startSshd10(shared: Shared, lines: readonly string[]): Promise<number> {
  const port = await freePort();
  const standard = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ];
  writeFileSync(
    join(shared.here, 'sshd_config'),
    [...standard, ...lines].map((line) => `${line}\n`).join(''),
  );
  const sshd = startThere(['/usr/sbin/sshd', '-D', '-e', '-f', `${shared.there}/sshd_config`]);
  after(() => void sshd.kill());
  let log = '';
  sshd.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
  while (!log.includes('Server listening')) {
    if (sshd.exitCode !== null || sshd.stderr === null) throw new Error(`Cannot start sshd: ${log}`);
    await once(sshd.stderr, 'data');
  }
  return port;
}
