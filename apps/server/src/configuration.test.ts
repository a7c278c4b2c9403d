import { sha256 } from '@orrery/crypto';
import { UsageError } from '@orrery/terminal';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/test-server.ts';
import { readConfiguration, readDatabase } from './configuration.ts';
import { standardLimits } from './limits.ts';

const required = { listen: '127.0.0.1:3000', registration: 'open', metrics: 'local', logLevel: 'info' };

function read(options: Record<string, unknown>) {
  return readConfiguration({ ...required, database: 'sqlite:x', ...options });
}

test('readConfiguration reads where to listen', () => {
  const at = (listen: string) => {
    const { host, port } = read({ listen });
    return [host, port];
  };
  assert.deepEqual(at('127.0.0.1:3000'), ['127.0.0.1', 3000]);
  assert.deepEqual(at('[::1]:0'), ['::1', 0]);
  assert.deepEqual(at('sync.example:65535'), ['sync.example', 65_535]);
});

test('readConfiguration reads the policy of registration and keeps no token', () => {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, '  secret word  \nsecond line\n');
  assert.deepEqual(read({ registration: 'closed' }).registration, { kind: 'closed' });
  const hash = sha256(new TextEncoder().encode('secret word'));
  for (const registration of ['token:secret word', `token:@${file}`])
    assert.deepEqual(read({ registration }).registration, { kind: 'token', hash });
});

test('readConfiguration takes limits as flags give them', () => {
  assert.deepEqual(read({ maxAccounts: '7', bodyMemory: '0' }).limits, {
    ...standardLimits,
    maxAccounts: 7,
    bodyMemory: 0,
  });
});

test('readConfiguration says which flag has which wrong value', () => {
  const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ listen: '3000' }, /^Cannot use --listen "3000": HOST:PORT expected/],
    [{ listen: '127.0.0.1:65536' }, /--listen/],
    [{ listen: '::1:80' }, /--listen/],
    [{ database: 'postgres://x' }, /^Cannot use --database "postgres:\/\/x": sqlite:FILE expected$/],
    [{ database: 'sqlite:' }, /--database/],
    [{ database: 'sqlite::memory:' }, /--database/],
    [
      { registration: 'maybe' },
      /^Cannot use --registration: open, closed, token:SECRET or token:@FILE expected$/,
    ],
    [{ registration: 'token:' }, /--registration/],
    [
      { registration: 'token:@/no/such/file' },
      /^Cannot read registration token from "\/no\/such\/file": ENOENT$/,
    ],
    [{ origin: ['https://x.example/path'] }, /^Cannot use --origin "https:\/\/x\.example\/path": /],
    [{ origin: ['x.example'] }, /--origin/],
    [{ tlsCert: 'x' }, /^Cannot use TLS: --tls-cert and --tls-key belong together$/],
    [{ tlsKey: 'x' }, /TLS/],
    [{ metrics: 'none' }, /^Cannot use --metrics "none": local or all expected$/],
    [{ logLevel: 'loud' }, /--log-level/],
    [{ maxAccounts: '-1' }, /^Cannot use --max-accounts "-1": a whole number expected$/],
    [{ maxRooms: '1e3' }, /--max-rooms/],
  ];
  for (const [options, message] of cases)
    assert.throws(
      () => read(options),
      (error: unknown) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        return true;
      },
    );
});

test('readDatabase gives an absolute path, in the state folder unless told otherwise', (context) => {
  assert.equal(readDatabase({ database: 'sqlite:some/file' }), resolve('some/file'));
  const before = { ...process.env };
  context.after(() => {
    process.env = before;
  });
  process.env['HOME'] = '/home/someone';
  process.env['XDG_STATE_HOME'] = '';
  assert.equal(readDatabase({}), '/home/someone/.local/state/orrery/server/vault.sqlite');
  process.env['XDG_STATE_HOME'] = '/state';
  assert.equal(readDatabase({}), '/state/orrery/server/vault.sqlite');
});
