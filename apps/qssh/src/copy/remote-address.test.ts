import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readAddress, readHost } from './remote-address.ts';

const at = (host: string, path: string, user?: string, port?: string) => ({ user, host, port, path });

test('readAddress tells files of this machine from those of others, as scp does', () => {
  for (const local of ['a', '/a:b', './a:b', ':a', 'dir/a:b'])
    assert.equal(readAddress(local, 'scp'), undefined, local);
  assert.deepEqual(readAddress('h:', 'scp'), at('h', ''));
  assert.deepEqual(readAddress('h:a:b', 'scp'), at('h', 'a:b'));
  assert.deepEqual(readAddress('me@x@h:/a', 'scp'), at('h', '/a', 'me@x'));
  assert.deepEqual(readAddress('[::1]:a', 'scp'), at('::1', 'a'));
  assert.deepEqual(readAddress('me@[::1]:a', 'scp'), at('::1', 'a', 'me'));
  assert.deepEqual(readAddress('[me@::1]:a', 'scp'), at('::1', 'a', 'me'));
  assert.deepEqual(readAddress('h:\xff\n', 'scp'), at('h', '\xff\n'));
});

test('readAddress reads URIs', () => {
  assert.deepEqual(readAddress('scp://me@h:22/a%20b', 'scp'), at('h', 'a b', 'me', '22'));
  assert.deepEqual(readAddress('scp://h//a', 'scp'), at('h', '/a'));
  assert.deepEqual(readAddress('scp://[::1]:7', 'scp'), at('::1', '', undefined, '7'));
  assert.deepEqual(readAddress('scp://me;x=y@h/%ff', 'scp'), at('h', '\xff', 'me'));
  for (const wrong of ['scp://', 'scp://h:x/', 'scp://h/%zz', 'scp://h/%00', 'scp://-h/a', 'scp://a%20b@h/'])
    assert.throws(() => readAddress(wrong, 'scp'), SyntaxError, wrong);
});

test('readAddress lets through no host or user that ssh or a shell would take for something else', () => {
  for (const wrong of ['-oProxyCommand=x:a', '-l@h:a', 'a b@h:c', '$(x)@h:a', '`x`@h:a', '\xff:a', '@h:a'])
    assert.throws(() => readAddress(wrong, 'scp'), SyntaxError, wrong);
});

test('readHost takes a host alone', () => {
  assert.deepEqual(readHost('h', 'sftp'), at('h', ''));
  assert.deepEqual(readHost('me@h', 'sftp'), at('h', '', 'me'));
  assert.deepEqual(readHost('h:a', 'sftp'), at('h', 'a'));
});

test('readAddress does nothing else but read or refuse', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        readAddress(text, 'scp');
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }),
  );
});
