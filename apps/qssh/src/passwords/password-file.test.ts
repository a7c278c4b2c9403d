import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyPassword, findPassword, isUserName, withPassword } from './password-file.ts';

const [ONE, TWO] = ['A', 'B'].map(
  (letter) => `$argon2id$v=19$m=8,t=1,p=1$${letter.repeat(22)}$${letter.repeat(43)}`,
);
const FILE = `# people\nalice:${ONE}\n\nbob:${TWO}\n`;

test('findPassword finds the hash of a user, and nothing for others and comments', () => {
  assert.equal(findPassword(FILE, 'alice'), ONE);
  assert.equal(findPassword(FILE, 'bob'), TWO);
  for (const name of ['ali', '# people', '', 'Alice', 'alice:'])
    assert.equal(findPassword(FILE, name), undefined);
});

test('withPassword replaces, adds and removes a line, and leaves the others as they are', () => {
  assert.equal(withPassword(FILE, 'alice', TWO), `# people\nalice:${TWO}\n\nbob:${TWO}\n`);
  assert.equal(withPassword(FILE, 'carol', ONE), `${FILE}carol:${ONE}\n`);
  assert.equal(withPassword(FILE, 'alice', undefined), `# people\n\nbob:${TWO}\n`);
  assert.equal(withPassword(FILE, 'carol', undefined), FILE);
  assert.equal(withPassword('', 'alice', ONE), `alice:${ONE}\n`);
});

test('withPassword leaves one line of a user who had several', () => {
  assert.equal(
    withPassword(`alice:${ONE}\nbob:${ONE}\nalice:${ONE}\n`, 'alice', TWO),
    `alice:${TWO}\nbob:${ONE}\n`,
  );
});

test('a line that is none is an error that names it, and nothing of the line', () => {
  for (const line of ['alice', 'alice:secret', `:${ONE}`, `a b:${ONE}`, `alice:${ONE}\r`, `alice:${ONE}:`])
    assert.throws(() => findPassword(`${FILE}${line}\n`, 'alice'), {
      name: 'SyntaxError',
      message: 'Cannot read the passwords: line 5 is not "NAME:HASH" as qssh-passwd writes it',
    });
});

test('isUserName refuses what would end a field or a line', () => {
  for (const name of ['alice', 'a.b-c_d$', 'j\u00FCrgen', 'x'.repeat(256)])
    assert.equal(isUserName(name), true, name);
  for (const name of ['', 'a:b', 'a b', 'a\n', '#a', 'a\u001B', 'x'.repeat(257)])
    assert.equal(isUserName(name), false);
});

test('anyPassword finds the hash of somebody', () => {
  assert.ok([ONE, TWO].includes(anyPassword(FILE) ?? ''));
  assert.equal(anyPassword('# nobody\n\n'), undefined);
  assert.throws(() => anyPassword(`${FILE}nonsense\n`), SyntaxError);
});
