// Shows ssh-sync at work: a real server and two machines in temporary homes. Exits with 1 if anything is not as it
// should be, and leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contents, expectExit, makeMachine, Running, sshSync, type Machine } from './demo/machine.ts';
import { proveLines, proveSame } from './demo/proof.ts';
import { startServer } from './demo/server.ts';
import { makeKey } from './demo/ssh-key.ts';

function title(text: string): void {
  console.log(`\n${text}`);
}

function fillLaptop({ ssh, home }: Machine): void {
  makeKey(join(ssh, 'id_ed25519'), 'alice@laptop');
  writeFileSync(
    join(ssh, 'config'),
    `# my hosts\nHost web\n\tHostName 192.0.2.10\n\tIdentityFile ${home}/.ssh/id_ed25519\n`,
    { mode: 0o600 },
  );
  writeFileSync(join(ssh, 'known_hosts'), `web.example ${hostKey('web')}\n`, { mode: 0o600 });
}

/** An Ed25519 host key for known_hosts; the demo connects to nobody. */
function hostKey(name: string): string {
  const blob = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from('ssh-ed25519'),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, name),
  ]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}

async function admit(laptop: Machine, desktop: Machine, server: string): Promise<void> {
  const setup = new Running(
    desktop,
    'setup',
    '--existing',
    '--server',
    server,
    '--username',
    'alice',
    '--machine',
    'desktop',
    '--yes',
    '--json',
  );
  const { phrase } = await setup.event('phrase');
  console.log(`    ${desktop.name} shows: ${String(phrase)}`);
  sshSync(laptop, 'challenge-response', ...String(phrase).split(' '), '--yes');
  await setup.end();
}

function changeBothSides(laptop: Machine, desktop: Machine): void {
  makeKey(join(laptop.ssh, 'id_work'), 'alice@work');
  appendFileSync(join(laptop.ssh, 'config'), 'Host db\n\tHostName 192.0.2.20\n');
  appendFileSync(join(laptop.ssh, 'known_hosts'), `db.example ${hostKey('db')}\n`);
  appendFileSync(join(desktop.ssh, 'config'), 'Host mail\n\tUser postmaster\n');
  appendFileSync(join(desktop.ssh, 'known_hosts'), `mail.example ${hostKey('mail')}\n`);
}

function proveMerge(laptop: Machine, desktop: Machine): void {
  proveSame(laptop, desktop, ['config']);
  for (const machine of [laptop, desktop]) {
    const identity = `IdentityFile ${machine.home}/.ssh/id_ed25519`;
    proveLines(machine, 'config', [
      '# my hosts',
      'Host web',
      identity,
      'Host db',
      'Host mail',
      'User postmaster',
    ]);
  }
}

function proveKeyWorks({ ssh }: Machine): void {
  const { status, stdout } = spawnSync('ssh-keygen', ['-y', '-f', join(ssh, 'id_ed25519')], {
    encoding: 'utf8',
  });
  if (status === null) return;
  const expected = contents({ name: '', home: '', ssh }).get('id_ed25519.pub')?.bytes.toString() ?? '';
  if (status !== 0 || !expected.startsWith(stdout.trim().split(' ').slice(0, 2).join(' ')))
    throw new Error('Not as expected: ssh-keygen does not accept the key that arrived');
  console.log('\n  proved: ssh-keygen finds in the arrived private key the arrived public key');
}

async function show(folder: string, server: string): Promise<void> {
  const laptop = makeMachine(folder, 'laptop');
  const desktop = makeMachine(folder, 'desktop');
  fillLaptop(laptop);

  title('1. The laptop begins an account and syncs its SSH files.');
  sshSync(laptop, 'setup', '--server', server, '--username', 'alice', '--machine', 'laptop');
  sshSync(laptop, 'sync');

  title('2. The desktop shows six words; typed on the laptop, they let it in.');
  await admit(laptop, desktop, server);
  sshSync(desktop, 'sync');
  proveSame(laptop, desktop, ['config']);
  proveKeyWorks(desktop);

  title('3. Both change their files, then sync: config and known_hosts are merged.');
  changeBothSides(laptop, desktop);
  sshSync(laptop, 'sync');
  sshSync(desktop, 'sync');
  sshSync(laptop, 'sync');
  proveMerge(laptop, desktop);

  title('4. A line that runs a program needs consent on each machine.');
  appendFileSync(join(desktop.ssh, 'config'), 'Host jump\n\tProxyCommand nc %h %p\n');
  sshSync(desktop, 'sync');
  expectExit(laptop, 4, ['sync', '--yes']);
  sshSync(laptop, 'sync', '--accept-commands');
  proveLines(laptop, 'config', ['ProxyCommand nc %h %p']);

  title('5. The laptop changes the master key; the desktop follows by itself.');
  sshSync(laptop, 'rotate-master-key', '--yes');
  sshSync(desktop, 'sync');
  proveSame(laptop, desktop, ['config']);

  title('6. The laptop removes the desktop, which is out from then on.');
  sshSync(laptop, 'remove-machine', 'desktop', '--yes');
  expectExit(desktop, 1, ['sync']);
  sshSync(laptop, 'list-machines');
}

const folder = mkdtempSync(join(tmpdir(), 'orrery-demo-'));
try {
  const server = await startServer(folder);
  try {
    await show(folder, server.url);
  } finally {
    await server.stop();
  }
  title('Everything is as it should be.');
} catch (cause) {
  console.error(`\nThe demo failed: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
