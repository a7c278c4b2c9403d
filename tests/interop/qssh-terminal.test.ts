import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Account, createAccount } from './stage/qssh-account.ts';

let account: Account;

before(async () => {
  account = await createAccount();
});

after(() => account.end());

test('qssh -t gives the program a terminal of the same size and modes, and gives its own back as it was', async () => {
  const command = 'tty; stty size; echo $TERM; stty -a | grep -o "intr = [^;]*"; exit 9';
  const ended = await account.screen(['-t', ...account.way, command]).ended;
  assert.equal(ended.code, 9);
  assert.match(
    ended.text,
    /^\/dev\/pts\/\d+\n50 200\nxterm\nintr = \^C\nConnection to 127\.0\.0\.1 closed\.\n$/,
  );
  assert.equal(ended.restored, true);
});

test('qssh without -t or a terminal gives the program none, and says so if one was wanted', async () => {
  assert.equal((await account.screen([...account.way, 'tty']).ended).text, 'not a tty\n');
  const shell = await account.run([...account.way], 'tty\n');
  assert.ok(shell.stdout.endsWith('not a tty\n'), shell.stdout);
  assert.equal(shell.stderr, 'Pseudo-terminal will not be allocated because stdin is not a terminal.\n');
  assert.equal((await account.run(['-T', ...account.way], 'tty\n')).stderr, '');
  assert.match((await account.run(['-tt', ...account.way, 'tty'])).stdout, /^\/dev\/pts\/\d+\r\n$/);
});

test('qssh sends keys as they are: Ctrl-C ends the program there, not itself', async () => {
  const screen = account.screen([
    '-t',
    ...account.way,
    'trap "echo caught; exit 4" INT; echo ready; sleep 20',
  ]);
  const ended = await screen.answer([/ready/, '\x03']);
  assert.equal(ended.code, 4);
  assert.match(ended.text, /caught/);
  assert.equal(ended.restored, true);
});

test('qssh tells the program when its terminal gets another size', async () => {
  const local = ['-o', 'PermitLocalCommand yes', '-o', 'LocalCommand echo local $(tty)'];
  const command = 'trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.1; done';
  const screen = account.screen(['-t', ...local, ...account.way, command]);
  const [, path = ''] = await screen.until(/local (\S+)/);
  await screen.until(/ready/);
  execFileSync('stty', ['-F', path, 'cols', '91', 'rows', '17']);
  assert.match((await screen.ended).text, /\n17 91\n/);
});

test('qssh ends at ~. and leaves the terminal as it was', async () => {
  const screen = account.screen(['-t', ...account.way, 'echo ready; sleep 20']);
  const ended = await screen.answer([/ready/, '\r~.']);
  assert.equal(ended.code, 255);
  assert.match(ended.text, /Connection to 127\.0\.0\.1 closed\.\n$/);
  assert.equal(ended.restored, true);
});

test('qssh answers ~?, ~#, ~R and ~v, and passes a doubled ~ on once', async () => {
  const screen = account.screen([
    '-t',
    ...account.way,
    'echo ready; read a; echo "got $a"; read b; echo "got $b"',
  ]);
  const ended = await screen.answer(
    [/ready/, '~?'],
    [/Supported escape sequences:/, '~#'],
    [/The following connections are open:/, '~v'],
    [/\[LogLevel VERBOSE\]/, '~R~~one\r'],
    [/got ~one/, 'two~.\r'],
  );
  assert.match(ended.text, /got two~\.\n/);
  assert.equal(ended.code, 0);
});

test('qssh stops with its whole job at ~^Z, and goes on with it in a terminal that has another size meanwhile', async () => {
  const command = 'echo ready; read a; echo "got $a"; stty size';
  const { screen, line } = account.shell(['-t', ...account.way, command]);
  await screen.until(/\$ $/);
  screen.press(`${line}\r`);
  await screen.until(/ready\n$/);
  screen.press('~\x1a');
  await screen.until(/~\^Z \[suspend qssh\]\n[^]*Stopped [^]*\$ $/);
  screen.press('stty -a | grep -o "[-]*icanon"; stty cols 91 rows 17\r');
  await screen.until(/\sicanon\s[^]*\$ $/);
  screen.press('fg\r');
  await screen.until(/exit \$\?/);
  screen.press('more\r');
  await screen.until(/got more\s+17 91\s+Connection to 127\.0\.0\.1 closed\.\s[^]*\$ $/);
  screen.press('exit\r');
  assert.equal((await screen.ended).restored, true);
});

test('qssh takes the size of the terminal that it reads from, wherever it writes to', async () => {
  const { screen, line } = account.shell(['-t', ...account.way, 'stty size']);
  await screen.until(/\$ $/);
  screen.press(`${line} | cat\r`);
  await screen.until(/\s50 200\s[^]*\$ $/);
  screen.press('exit\r');
  await screen.ended;
});

test('qssh -e changes the escape character or takes it away', async () => {
  const other = account.screen(['-e', '%', '-t', ...account.way, 'echo ready; sleep 20']);
  assert.equal((await other.answer([/ready/, '%.'])).code, 255);
  const none = account.screen(['-e', 'none', '-t', ...account.way, 'echo ready; read a; echo "got $a"']);
  assert.match((await none.answer([/ready/, '~.\r'])).text, /got ~\.\n/);
});

test('qssh leaves the terminal as it was when it is ended by a signal', async () => {
  const local = ['-o', 'PermitLocalCommand yes', '-o', 'LocalCommand echo process $PPID'];
  const screen = account.screen(['-t', ...local, ...account.way, 'echo ready; sleep 20']);
  const [, pid = ''] = await screen.until(/process (\d+)/);
  await screen.until(/ready/);
  process.kill(Number(pid), 'SIGTERM');
  const ended = await screen.ended;
  assert.equal(ended.code, 255);
  assert.equal(ended.restored, true);
});

test('qssh shows what a server says with its escapes made visible', async () => {
  const banner = join(account.home, 'banner');
  writeFileSync(banner, '\x1b[2Jhello\x1b]0;evil\x07\nsecond line\n');
  const evil = await createAccount([`Banner ${banner}`]);
  try {
    const ended = await evil.run([...evil.way, 'true']);
    assert.deepEqual(ended, { code: 0, stdout: '', stderr: '\\x1b[2Jhello\\x1b]0;evil\\x07\nsecond line\n' });
  } finally {
    await evil.end();
  }
});
