// Another user of the machine gets hold of the socket by which somebody's programs reach the agent that was forwarded.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect as dial, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { startForwarding, runWords } from '../interop/stage/forwarding.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-socket-'));
after(() => rmSync(folder, { recursive: true }));
const stage = await startForwarding(folder);
stage.give('ssh-agent');

/** Lists the keys as nobody. */
const asNobody = ['setpriv', '--reuid', '65534', '--clear-groups', 'ssh-add', '-l'];

it('a naive socket, which trusts its mode, serves whoever gets to it', async () => {
  const path = join(folder, 'naive');
  const server = createServer((socket) => {
    const agent = dial(stage.sockets['ssh-agent']);
    socket.pipe(agent).pipe(socket);
    for (const stream of [socket, agent]) stream.on('error', () => undefined);
  }).listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o666);
  const { code, stdout } = await runWords(asNobody, { SSH_AUTH_SOCK: path });
  server.close();
  assert.deepEqual([code, /ED25519/.test(stdout)], [0, true]);
});

it('that of qsshd serves its own user, also where every mode on the way to it is open', async () => {
  const open = 'chmod 755 ~ ~/.ssh ~/.ssh/agent; chmod 666 "$SSH_AUTH_SOCK"';
  const readable = 'setpriv --reuid 65534 --clear-groups sh -c \'test -w "$SSH_AUTH_SOCK" && echo reached\'';
  const list = (words: string): string => `${words} >/dev/null 2>&1 && echo served || echo sent away`;
  const command = [open, readable, list(asNobody.join(' ')), list('ssh-add -l')].join('; ');
  const { stdout } = await stage.logIn('ssh', 'ssh-agent', ['-A', 'qsshd', command]);
  assert.equal(stdout, 'reached\nsent away\nserved\n');
});

it('that of qsshd is not made where others could get at it', async () => {
  for (const mode of [0o755, 0o770, 0o707]) {
    chmodSync(join(stage.home, '.ssh', 'agent'), mode);
    const { stdout } = await stage.logIn('ssh', 'ssh-agent', ['-A', 'qsshd', 'echo "$SSH_AUTH_SOCK"']);
    assert.match(stdout, /^\/tmp\/ssh-\w{6}\/agent\.\d+\n$/);
  }
});
