import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatPrivateKey, generatePrivateKey, printPublicKeyLine } from '@orrery/keys';
import { Screen } from '../e2e/stage/screen.ts';
import { type RunningAgent, startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';

const folder = makeFolder();
const program = join(import.meta.dirname, '../../bin/qssh-add');
const agents = {
  'ssh-agent': await startAgent('ssh-agent', join(folder, 'openssh')),
  'qssh-agent': await startAgent('qssh-agent', join(folder, 'ours')),
};

function newKey(name: string, ...words: readonly string[]): string {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-C', name, '-f', path, ...words]);
  return path;
}

const key = newKey('ed25519', '-t', 'ed25519', '-N', '');
const rsa = newKey('rsa', '-t', 'rsa', '-b', '2048', '-N', '');
const ecdsa = newKey('ecdsa', '-t', 'ecdsa', '-N', '');
const locked = newKey('locked', '-t', 'ed25519', '-a', '1', '-N', 'secret');
const bare = newKey('bare', '-t', 'ed25519', '-N', '', '-C', '');
const certified = newKey('certified', '-t', 'rsa', '-b', '2048', '-N', '');
execFileSync('ssh-keygen', ['-q', '-s', key, '-I', 'my id', '-n', 'me', `${certified}.pub`]);
const hosts = join(folder, 'known_hosts');
writeFileSync(hosts, `web ${readFileSync(`${key}.pub`, 'utf8')}`);
const open = join(folder, 'open');
writeFileSync(open, readFileSync(key), { mode: 0o644 });
mkdirSync(join(folder, '.ssh'));
const askpass = join(folder, 'askpass');
writeFileSync(askpass, '#!/bin/sh\necho secret\n', { mode: 0o755 });
const wrong = join(folder, 'wrong');
writeFileSync(wrong, `#!/bin/sh\n[ -e ${wrong}.once ] && exit 1\ntouch ${wrong}.once\necho nonsense\n`, {
  mode: 0o755,
});

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without a terminal. */
function run(
  file: string,
  socket: string,
  words: readonly string[],
  more: Readonly<Record<string, string | undefined>> = {},
  input = '',
): Said {
  const { status, stdout, stderr } = spawnSync('setsid', ['-w', file, ...words], {
    encoding: 'utf8',
    input,
    env: { PATH: process.env['PATH'], HOME: folder, SSH_AUTH_SOCK: socket, ...more },
  });
  return { status, stdout, stderr: stderr.replaceAll('\r', '') };
}

interface Task {
  readonly words: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const asking = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
const publicLine = readFileSync(`${key}.pub`, 'utf8');

/** What both programs are to do and say alike, in this order. */
const alike: readonly Task[] = [
  { words: ['-l'] },
  { words: ['-L'] },
  { words: [key, rsa, ecdsa] },
  { words: [bare] },
  { words: ['-l'] },
  { words: ['-L'] },
  { words: ['-T', `${key}.pub`, `${rsa}.pub`, `${ecdsa}.pub`] },
  { words: ['-T', `${locked}.pub`] },
  { words: ['-d', rsa] },
  { words: ['-d', rsa] },
  { words: ['-d', `${ecdsa}.pub`] },
  { words: ['-qd', bare] },
  { words: ['-d', '-'], input: publicLine },
  { words: ['-l'] },
  { words: [certified] },
  { words: ['-l'] },
  { words: ['-L'] },
  { words: ['-k', '-d', certified] },
  { words: ['-l'] },
  { words: ['-D'] },
  { words: ['-k', certified] },
  { words: ['-l'] },
  { words: ['-qD'] },
  { words: ['-q', certified] },
  { words: ['-d', certified] },
  { words: [locked, key], environment: asking },
  { words: ['-t', '1h', '-c', key] },
  { words: ['-H', hosts, '-h', 'web', '-h', 'web>bob@web', key] },
  { words: ['-l'] },
  { words: ['-H', hosts, '-h', 'nowhere', key] },
  { words: ['-D'] },
  { words: ['-'], input: readFileSync(key, 'utf8') },
  { words: ['-x'], environment: asking },
  { words: ['-l'] },
  { words: [key] },
  { words: ['-X'], environment: asking },
  { words: ['-D'] },
  { words: [join(folder, 'missing')] },
  { words: [] },
];

test('qssh-add does and says what ssh-add does', () => {
  const all = (file: string, { socket }: RunningAgent): readonly Said[] =>
    alike.map(({ words, environment, input }) => run(file, socket, words, environment, input));
  // Each with the other's agent.
  const [theirs, ours] = [all('ssh-add', agents['qssh-agent']), all(program, agents['ssh-agent'])];
  const said = (answers: readonly Said[]) =>
    answers.map((answer, at) => [alike[at]?.words.join(' '), answer]);
  assert.deepEqual(said(ours), said(theirs));
});

test('qssh-add says that there is no agent as ssh-add does', () => {
  for (const more of [{ SSH_AUTH_SOCK: '' }, { SSH_AUTH_SOCK: '/nowhere' }, { SSH_AUTH_SOCK: undefined }]) {
    const said = run(program, '', ['-l'], more);
    assert.equal(said.status, 2);
    assert.deepEqual(said, run('ssh-add', '', ['-l'], more));
  }
});

test('qssh-add leaves keys out that others can read, and that nobody unlocks', () => {
  const { socket } = agents['qssh-agent'];
  const said = run(program, socket, [open]);
  assert.equal(said.status, 1);
  assert.match(said.stderr, /^Permissions 0644 for '.*open' are too open\.$/m);
  assert.equal(run(program, socket, [locked]).status, 1);
  assert.equal(run(program, socket, [locked], { ...asking, SSH_ASKPASS: wrong }).status, 1);
  assert.equal(run(program, socket, ['-l']).stdout, 'The agent has no identities.\n');
});

test('qssh-add asks for a passphrase at the terminal, and again when it is wrong', async () => {
  const { socket } = agents['qssh-agent'];
  const options = `{ stdio: 'inherit', env: { ...process.env, SSH_AUTH_SOCK: '${socket}' } }`;
  const script = `require('child_process').spawnSync('${program}', ['${locked}'], ${options})`;
  const screen = new Screen({ home: folder }, [script], '-e');
  const ended = await screen.answer(
    [new RegExp(`Enter passphrase for ${locked}: `), 'nonsense\r'],
    [new RegExp(`Bad passphrase, try again for ${locked}: `), 'secret\r'],
  );
  assert.match(ended.text, /Identity added: .*locked \(locked\)/);
  assert.doesNotMatch(ended.text, /nonsense|secret/);
  assert.equal(run(program, socket, ['-D']).status, 0);
});

test('qssh-add adds the default keys, the composite first, which qssh-agent signs with', () => {
  const { socket } = agents['qssh-agent'];
  const composite = generatePrivateKey('ssh-mldsa44-ed25519@openssh.com', 'composite');
  const path = join(folder, '.ssh', 'id_mldsa44_ed25519');
  writeFileSync(path, formatPrivateKey(composite), { mode: 0o600 });
  const line = printPublicKeyLine({ type: composite.type, blob: composite.publicKey, comment: 'composite' });
  writeFileSync(`${path}.pub`, `${line}\n`);
  writeFileSync(join(folder, '.ssh', 'id_ed25519'), readFileSync(key), { mode: 0o600 });
  assert.equal(run(program, socket, []).status, 0);
  assert.equal(run(program, socket, ['-L']).stdout, `${line}\n${publicLine}`);
  assert.match(run(program, socket, ['-l']).stdout, /^\d+ \S+ composite \(MLDSA44-ED25519\)\n/);
  assert.deepEqual(run(program, socket, ['-T', `${path}.pub`]), { status: 0, stdout: '', stderr: '' });
  assert.equal(run(program, socket, ['-d']).status, 0);
  assert.equal(run(program, socket, ['-l']).status, 1);
});
