import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian's package openssh-tests puts the scripts. */
export const REGRESS = '/usr/lib/openssh/regress';

/** Seconds after which a script hangs: `rekey` takes two to four minutes, also with OpenSSH's own programs. */
const MAX_SECONDS = 600;

/** Characters of a script's last words that are kept. */
const MAX_LOG = 3_000;

export interface Outcome {
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** Why it failed or was skipped. */
  readonly log: string;
}

/**
 * Runs one script of OpenSSH's regression suite in a copy of the suite of its own.
 * @param name Without `.sh`. @param programs What to run in place of OpenSSH's own, by environment variable.
 * @param amend Changes the script before it runs.
 */
export async function runScript(
  name: string,
  programs: Readonly<Record<string, string>>,
  amend: (script: string) => string,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-openssh-'));
  const copy = join(folder, 'regress');
  cpSync(REGRESS, copy, { recursive: true });
  const script = join(copy, `${name}.sh`);
  writeFileSync(script, amend(readFileSync(script, 'utf8')));
  const started = performance.now();
  try {
    const { code, log } = await run(copy, name, { ...programs, TEST_SSH_PORT: String(await freePort()) });
    const seconds = Math.round((performance.now() - started) / 1000);
    const skipped = /^SKIPPED: (.*)$/m.exec(log)?.[1];
    if (code === 0 && skipped !== undefined) return { result: 'skipped', seconds, log: skipped };
    if (code === 0) return { result: 'passed', seconds, log: '' };
    return { result: 'failed', seconds, log: `${log.slice(-MAX_LOG)}${details(copy)}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(
  copy: string,
  name: string,
  programs: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly log: string }> {
  const env = {
    PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: process.env['HOME'] ?? '/',
    OBJ: copy,
    BUILDDIR: copy,
    SUDO: '',
    TEST_SHELL: 'sh',
    TEST_ENV: `MALLOC_OPTIONS=CFGJRSUX`,
    TEST_SSH_SFTPSERVER: '/usr/lib/openssh/sftp-server',
    TEST_SSH_ECC: 'yes',
    TEST_SSH_IPV6: 'yes',
    TEST_SSH_UNSAFE_PERMISSIONS: '1',
    ...programs,
  };
  // The outer shell takes care of orphans.
  const [program, ...words] = [...apart, 'sh', '-c', 'sh "$@"; exit $?', 'sh'];
  const child = spawn(program, [...words, join(copy, 'test-exec.sh'), copy, join(copy, `${name}.sh`)], {
    cwd: copy,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log = `${log}${text}`.slice(-100_000)));
  const timer = setTimeout(() => {
    log += `\nno end within ${MAX_SECONDS} s`;
    stopGroup(child.pid);
  }, MAX_SECONDS * 1000);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(timer);
      stopGroup(child.pid);
      resolve({ code, log });
    });
  });
}

const OWN_PIDS = ['--pid', '--mount-proc', '--fork', '--kill-child'];

/** What a script leaves running ends with it: all processes under it, or where that is not permitted those of its group. */
const apart = spawnSync('unshare', [...OWN_PIDS, 'true']).status === 0 ? ['unshare', ...OWN_PIDS] : [];

function stopGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** What the suite itself kept of a failure. */
function details(copy: string): string {
  const logs = ['failed-regress.log', 'failed-ssh.log', 'failed-sshd.log'];
  return logs.map((log) => `\n--- ${log}\n${readEnd(join(copy, log))}`).join('');
}

function readEnd(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(-MAX_LOG);
  } catch {
    return '(none)';
  }
}

/** Below those that the system gives to connections: between now and the script's use nobody else takes it. */
let lastPort = 10_000 + (process.pid % 100) * 220;

async function freePort(): Promise<number> {
  for (;;) {
    const port = (lastPort += 1);
    const server = createServer().listen(port);
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
}
