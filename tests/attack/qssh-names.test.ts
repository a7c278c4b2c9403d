// Names that somebody else chose (in a link, or a submodule of a repository) reach commands that a shell reads: by %h, %n
// and %r in ProxyCommand and Match exec.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const qssh = join(import.meta.dirname, '../../bin/qssh');

let folder = '';
let config = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'qssh-names-'));
  config = join(folder, 'config');
  const lines = ['Match exec "true %h %n %r"', 'ProxyCommand true %h %n %r %p', 'LogLevel ERROR'];
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 });
});

after(() => rmSync(folder, { recursive: true }));

/** What an attacker would have somebody type; each makes the file `proof` if a shell reads it. */
function destinations(proof: string): string[] {
  const commands = [
    `\`touch ${proof}\``,
    `$(touch ${proof})`,
    `;touch ${proof};`,
    `|touch ${proof}`,
    `&touch ${proof}&`,
    `x\ntouch ${proof}\n`,
    `'\`touch ${proof}\`'`,
    `"$(touch ${proof})"`,
    `>${proof}`,
    `\${IFS}>${proof}`,
  ];
  return [
    ...commands,
    ...commands.map((command) => `${command}@host`),
    ...commands.map((command) => `user@${command}`),
    `ssh://$(touch%20${proof})@host`,
    `ssh://host%60touch%20${proof}%60`,
    '-oProxyCommand=true',
    `x -oProxyCommand=touch${proof}@host`,
  ];
}

test('qssh runs no command that a destination holds', () => {
  const proof = join(folder, 'proof');
  for (const destination of destinations(proof)) {
    const { status } = spawnSync(qssh, ['-F', config, '--', destination, 'true'], { timeout: 20_000 });
    assert.equal(status, 255, destination);
    assert.equal(existsSync(proof), false, destination);
  }
});

test('qssh runs no command that -l holds', () => {
  const proof = join(folder, 'proof');
  for (const user of [`$(touch ${proof})`, `\`touch ${proof}\``, `;touch ${proof}`, '-x', 'a\\']) {
    const { status } = spawnSync(qssh, ['-F', config, '-l', user, 'host', 'true'], { timeout: 20_000 });
    assert.equal(status, 255, user);
    assert.equal(existsSync(proof), false, user);
  }
});

test('a client that puts names into the command as they are would be taken over', () => {
  const proof = join(folder, 'control');
  const taken = destinations(proof).filter((destination) => {
    spawnSync('/bin/sh', ['-c', `true ${destination}`]);
    const isTaken = existsSync(proof);
    rmSync(proof, { force: true });
    return isTaken;
  });
  assert.ok(taken.length >= 20, `${taken.length} destinations bite`);
});
