import { ledgerPageCodec, MAX_BODY_BYTES } from '@orrery/vault';
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { exchange } from '../../packages/vault/src/remote/http.ts';
import { takeOver } from './stage/account.ts';
import { askForAdmission } from './stage/enrolment.ts';
import { look, lookAtState } from './stage/folder.ts';
import { concerns, invented, Liar, refusal, type Lie } from './stage/liar.ts';
import type { Machine } from './stage/machine.ts';
import { alarms, Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();
const MiB = 1024 * 1024;

async function machine(): Promise<Machine> {
  const [laptop] = await stage.account(['laptop']);
  assert.ok(laptop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
  return laptop;
}

/** Sends zeros until the other side has had enough; the bytes that were taken from us. */
async function pour(response: ServerResponse, most: number): Promise<number> {
  let sent = 0;
  function* zeros(): Generator<Uint8Array> {
    for (; sent < most; sent += 65_536) yield new Uint8Array(65_536);
  }
  // That the other side breaks off is what is hoped for.
  await pipeline(Readable.from(zeros()), response).catch(() => undefined);
  return sent;
}

test('an answer without an end is broken off after its limit, whatever length it claims', async () => {
  const laptop = await machine();
  for (const headers of [{}, { 'content-length': '1000000000000' }]) {
    let poured = 0;
    const lie: Lie = async (_asked, _honest, response) => {
      response.writeHead(200, headers);
      poured = await pour(response, 100 * MiB);
      return undefined;
    };
    await stage.liar.during(lie, () =>
      alarms(laptop, ['sync'], {
        code: 1,
        says: /the answer has more than 8388608 bytes/,
        advises: /hint: is the server running/,
        pinned: true,
      }),
    );
    // What the client did not read stood in the buffers of both sockets.
    assert.ok(poured > MAX_BODY_BYTES && poured < 3 * MAX_BODY_BYTES, `${poured} bytes`);
  }
  await stage.liar.during(
    async (_asked, _honest, response) => {
      await pour(response, 3 * MAX_BODY_BYTES);
      return undefined;
    },
    async () => {
      const { byteLength } = await (await fetch(stage.liar.url)).arrayBuffer();
      assert.equal(byteLength, 3 * MAX_BODY_BYTES, 'a naive client takes all of it');
    },
  );
  await succeeds(laptop, 'sync');
});

/** Answers that break HTTP or the protocol, and what is said of them. */
const broken: Readonly<Record<string, { readonly lie: Lie; readonly code: number; readonly says: RegExp }>> =
  {
    'that ends before the length it claims': {
      lie: (_asked, _honest, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('x', () => response.destroy());
        return undefined;
      },
      code: 1,
      says: /(?:aborted|socket hang up)$/m,
    },
    'that goes on after the length it claims': {
      lie: (_asked, _honest, response) => {
        response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdefghi');
        return undefined;
      },
      code: 3,
      says: /cannot read the answer of the server: it does not follow the protocol/,
    },
    'with headers without an end': {
      lie: (_asked, _honest, response) => {
        const { socket } = response;
        socket?.write('HTTP/1.1 200 OK\r\n');
        const more = setInterval(() => socket?.write(`x-more: ${'x'.repeat(8000)}\r\n`), 1);
        socket?.once('close', () => clearInterval(more));
        return undefined;
      },
      code: 1,
      says: /Header overflow/,
    },
    'that is a count of more than there is': {
      lie: () => ({ status: 200, headers: {}, body: new Uint8Array(40).fill(0xff) }),
      code: 3,
      says: /cannot read the answer of the server/,
    },
    'that is compressed': {
      lie: () => ({
        status: 200,
        headers: { 'content-encoding': 'gzip' },
        body: Buffer.from('H4sIAAAAAAAAA2NgGAWjYBSMglEwCkbBSAcAsK9Z4QAEAAA=', 'base64'),
      }),
      code: 3,
      says: /cannot read the answer of the server/,
    },
    'that is a page for people': {
      lie: () => ({
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: Buffer.from('<html>Please log in to this network</html>'),
      }),
      code: 3,
      says: /cannot read the answer of the server/,
    },
    'of no known status': {
      lie: () => ({ status: 599, headers: {}, body: new Uint8Array(10) }),
      code: 1,
      says: /the server answered 599: no explanation/,
    },
  };

test('answers that break HTTP or the protocol are told and change nothing', async () => {
  const laptop = await machine();
  for (const [what, { lie, code, says }] of Object.entries(broken)) {
    const alarm = { code, says, advises: /^hint: ./m, pinned: true };
    const { err } = await stage.liar.during(lie, () => alarms(laptop, ['sync'], alarm));
    assert.match(err, /^ssh-sync: /, what);
  }
  await succeeds(laptop, 'sync');
});

test('a redirection is not followed: no token goes to another place', async () => {
  const laptop = await machine();
  const elsewhere = await Liar.start();
  const lie: Lie = () => ({
    status: 307,
    headers: { location: `${elsewhere.url}/v1/ledger?after=0` },
    body: new Uint8Array(),
  });
  try {
    await stage.liar.during(lie, () => fetch(stage.liar.url).catch(() => undefined));
    assert.equal(elsewhere.heard.length, 1, 'a naive client follows');
    await stage.liar.during(lie, () =>
      alarms(laptop, ['sync'], {
        code: 1,
        says: /the server answered 307/,
        advises: /^hint: is this the address/m,
        pinned: true,
      }),
    );
    assert.equal(elsewhere.heard.length, 1);
  } finally {
    await elsewhere.stop();
  }
});

test('what a server writes into an error is cut and cannot play with the terminal', async () => {
  const laptop = await machine();
  const lie: Lie = () => refusal(403, 'forbidden', `\u001b[2J\r\u202e${'x'.repeat(10_000)}`);
  const { err } = await stage.liar.during(lie, () =>
    alarms(laptop, ['sync'], { code: 1, says: /the server answered 403/, advises: /./, pinned: true }),
  );
  assert.doesNotMatch(err, /[^\n\x20-\x7e]/);
  assert.ok(err.length < 1000, `${err.length} characters`);
});

test('names of a server’s errors that mean something in JavaScript are words like all others', async () => {
  const laptop = await machine();
  for (const code of ['__proto__', 'constructor', 'toString'])
    await stage.liar.during(
      () => refusal(403, code, 'no'),
      () =>
        alarms(laptop, ['sync'], {
          code: 1,
          says: /^ssh-sync: .*the server answered 403: no\n$/,
          advises: /./,
        }),
    );
});

test('a ledger without an end is broken off before it fills the memory of a newcomer', async () => {
  const laptop = await machine();
  const { account } = await takeOver(laptop);
  const desktop = stage.stranger('desktop');
  desktop.write('id_ed25519', 'the key of the desktop\n');
  const before = look(desktop.ssh);
  const empty = { entry: new Uint8Array(), signatures: [new Uint8Array(4096), new Uint8Array(4000)] };
  const records = Array.from({ length: 1000 }, () => empty);
  const head = { number: 2 ** 32 - 1, hash: new Uint8Array(32) };
  const answer = invented(ledgerPageCodec, { head, records });
  let pages = 0;
  const lie: Lie = (asked, honest) => {
    const first = asked.target === '/v1/ledger?after=-1';
    if (!concerns(asked, 'GET', '/v1/ledger') || (pages === 0 && !first)) return honest();
    pages += 1;
    return pages < 100 ? answer : refusal(500, 'internal', 'enough');
  };
  const ran = await stage.liar.during(lie, async () => {
    const waiting = await askForAdmission(desktop, stage.liar.url, account.username);
    await succeeds(laptop, 'challenge-response', ...waiting.words, '--yes');
    return waiting.ended;
  });
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, /cannot read the server's ledger: more than \d+ bytes after entry -1/);
  assert.ok(pages <= 40, `${pages} pages of ${answer.body.length} bytes`);
  assert.deepEqual(look(desktop.ssh), before);
});

test('a server that is always busy is left after a time', async () => {
  const laptop = await machine();
  for (const seconds of ['999999', '121'])
    await stage.liar.during(
      () => ({ ...refusal(429, 'rate', 'Too many requests'), headers: { 'retry-after': seconds } }),
      () =>
        alarms(laptop, ['sync'], {
          code: 1,
          says: /the server answered 429/,
          advises: /^hint: .*try again later/m,
          pinned: true,
        }),
    );
});

/** An answer that never ends: a byte now and then, or none at all. */
function slowly(drips: boolean): Lie {
  return (_asked, _honest, response) => {
    response.writeHead(200, {}).flushHeaders();
    const drip = setInterval(() => drips && response.write('x'), 5);
    response.once('close', () => clearInterval(drip));
    return undefined;
  };
}

for (const drips of [true, false])
  test(`a sync whose answer ${drips ? 'trickles' : 'never comes'} ends, says so and changes nothing`, async () => {
    const laptop = await machine();
    const [files, state] = [look(laptop.ssh), lookAtState(laptop.state)];
    const preload = pathToFileURL(join(import.meta.dirname, 'stage/short-patience.ts')).href;
    await stage.liar.during(slowly(drips), async () => {
      const patient = new AbortController();
      const naive = fetch(stage.liar.url, { signal: patient.signal }).then((answer) => answer.text());
      const ended = naive.then(
        () => 'ended',
        () => 'stopped',
      );
      const ran = await laptop.start(['sync'], { environment: { NODE_OPTIONS: `--import ${preload}` } });
      assert.equal(ran.code, 1, ran.err);
      assert.match(ran.err, /no whole answer within 180 s/);
      assert.match(ran.err, /^hint: /m);
      assert.equal(await Promise.race([ended, sleep(1, 'waiting')]), 'waiting', 'a naive client waits on');
      patient.abort();
      assert.equal(await ended, 'stopped');
    });
    assert.deepEqual(look(laptop.ssh), files);
    assert.deepEqual(lookAtState(laptop.state), state);
    await succeeds(laptop, 'sync');
  });

test('an answer that trickles is given up after three minutes', async (context) => {
  const liar = await Liar.start();
  const asked = Promise.withResolvers<void>();
  const dripping: Lie = (...request) => {
    asked.resolve();
    return slowly(true)(...request);
  };
  // Only this clock is ours: the drops fall in real time, so that the limit of silence is never met.
  // The types of Node.js do not name this one yet.
  const timers: { enable(options?: { readonly apis: readonly string[] }): void } = context.mock.timers;
  timers.enable({ apis: ['AbortSignal.timeout'] });
  try {
    await liar.during(dripping, async () => {
      const answer = exchange(new URL(liar.url), 'GET', {}, new Uint8Array());
      const given = answer.then(
        () => 'taken',
        (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : 'thrown'),
      );
      await asked.promise;
      context.mock.timers.tick(179_999);
      assert.equal(await Promise.race([given, sleep(50, 'waiting')]), 'waiting');
      context.mock.timers.tick(1);
      assert.match(await given, /^TransportError: Cannot GET http:.*: no whole answer within 180 s/);
    });
  } finally {
    context.mock.timers.reset();
    await liar.stop();
  }
});
