import { decode, encode } from '@orrery/bytes';
import { base64url } from '../../packages/vault/src/request/claims.ts';
import {
  appendCodec,
  objectsCodec,
  signToken,
  unverifiedClaims,
  wantedCodec,
  type Client,
} from '@orrery/vault';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { look } from './stage/folder.ts';
import { concerns, Liar, type Answer, type Asked } from './stage/liar.ts';
import type { Machine } from './stage/machine.ts';
import { backUp, startServer } from './stage/server.ts';
import { Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();
const { liar } = stage;

interface Captured {
  readonly laptop: Machine;
  readonly client: Client;
  readonly upload: Asked;
  readonly append: Asked;
  readonly read: Asked;
}

/** Somebody on the way has read all that a machine sent during a sync. */
async function capture(): Promise<Captured> {
  const [laptop] = await stage.account(['laptop']);
  assert.ok(laptop !== undefined);
  liar.heard.length = 0;
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
  const heard = (method: string, path: string): Asked =>
    liar.heard.find((asked) => concerns(asked, method, path)) ?? assert.fail(path);
  return {
    laptop,
    client: await takeOver(laptop),
    upload: heard('POST', '/v1/objects'),
    append: heard('POST', '/v1/ledger'),
    read: heard('GET', '/v1/ledger'),
  };
}

/** The status and the code of an error; the status alone of anything else. */
function outcome({ status, body }: Answer): string {
  const code = /"code":"([a-z-]+)"/.exec(new TextDecoder().decode(body))?.[1];
  return code === undefined ? `${status}` : `${status} ${code}`;
}

async function heardBy(asked: Asked): Promise<string> {
  return outcome(await liar.pass(asked));
}

/** The account is as it was, and its machine can go on. */
async function isUntouched({ laptop, client }: Captured): Promise<void> {
  const { head } = client.session.state;
  const before = look(laptop.ssh);
  await client.session.refresh();
  assert.deepEqual(client.session.state.head, head);
  await succeeds(laptop, 'sync');
  assert.deepEqual(look(laptop.ssh), before);
}

test('a token that is bound to nothing but its time serves any request: the control of what follows', async () => {
  const { client, append } = await capture();
  const token = tokenOf(append);
  const { exp } = unverifiedClaims(token);
  const [header, payload, signature = ''] = token.split('.');
  const suite = client.session.device.suite.signatures[0] ?? assert.fail();
  const naivelyAccepted =
    exp > Date.now() / 1000 &&
    suite
      .verifier(client.session.device.keys.signing[0] ?? new Uint8Array())
      .verify(
        Buffer.from(`${header}.${payload}`),
        Uint8Array.fromBase64(signature, { alphabet: 'base64url' }),
      );
  assert.ok(naivelyAccepted, 'again, for another body, and at another server');
});

test('a write that is sent again is refused, and the repeated read only gives what it gave before', async () => {
  const captured = await capture();
  const { upload, append, read } = captured;
  assert.equal(await heardBy(append), '401 replayed');
  assert.equal(await heardBy(upload), '401 replayed');
  assert.equal(await heardBy(read), '200');
  await isUntouched(captured);
});

test('a captured token serves no other method, path, query or body', async () => {
  const captured = await capture();
  const { upload, append, read } = captured;
  const objects = decode(objectsCodec, upload.body);
  const wanted = encode(
    wantedCodec,
    objects.map(({ id }) => id),
  );
  const altered: Readonly<Record<string, Asked>> = {
    'another body': { ...append, body: encode(appendCodec, []) },
    'no body': { ...append, body: new Uint8Array() },
    'objects of others': { ...upload, body: encode(objectsCodec, objects.toReversed().slice(0, 1)) },
    'another method': { ...read, method: 'POST' },
    'another path': { ...append, target: '/v1/objects', body: upload.body },
    'objects to read': { ...upload, target: '/v1/objects/read', body: wanted },
    'another query': { ...read, target: '/v1/ledger?after=-1' },
    'a longer query': { ...read, target: `${read.target}&more=1` },
    'another spelling': { ...read, target: `/v1/../v1${read.target.slice(3)}` },
  };
  for (const [what, asked] of Object.entries(altered))
    assert.match(await heardBy(asked), /^40[14] (?:forbidden|not-found)$/, what);
  await isUntouched(captured);
});

test('a token serves no other server', async () => {
  const captured = await capture();
  const copy = join(stage.folder, 'copy.sqlite');
  await backUp(join(stage.folder, 'server.sqlite'), copy);
  const server = await startServer(copy, 'https://other.example');
  const other = await Liar.start();
  other.hide(server.url);
  try {
    for (const asked of [captured.read, captured.append])
      assert.equal(outcome(await other.pass(asked)), '401 origin');
  } finally {
    await other.stop();
    await server.stop();
  }
  await isUntouched(captured);
});

test('a token serves for two minutes', async () => {
  const captured = await capture();
  const { account, session } = captured.client;
  const now = Math.floor(Date.now() / 1000);
  const get = async (time: number): Promise<string> => {
    const request = { method: 'GET', target: '/v1/ledger?after=0', body: new Uint8Array() };
    const token = await signToken(session.device, { ...account, origin: liar.url }, request, time);
    return heardBy({ ...captured.read, ...request, headers: { authorization: `Bearer ${token}` } });
  };
  assert.equal(await get(now), '200');
  assert.equal(await get(now - 121), '401 clock');
  assert.equal(await get(now + 60), '401 clock');
  await isUntouched(captured);
});

test('no word in a token’s header chooses how it is verified, and no part of it can be exchanged', async () => {
  const captured = await capture();
  const token = tokenOf(captured.read);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const part = (value: unknown): string => base64url(Buffer.from(JSON.stringify(value)));
  const claims = unverifiedClaims(token);
  const forged = [
    `${part({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    `${part({ alg: 'none', typ: 'JWT' })}.${payload}.${signature}`,
    `${part({ alg: 'ES256', typ: 'JWT' })}.${payload}.${signature}`,
    `${part({ alg: 'HS256', typ: 'JWT' })}.${payload}.${signature}`,
    `${header}.${part({ ...claims, exp: claims.exp + 3600 })}.${signature}`,
    `${header}.${part({ ...claims, htu: '/v1/devices' })}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    `${header}.${payload}`,
    `${token}.${signature}`,
    'x'.repeat(9000),
  ];
  for (const text of forged) {
    const headers = { ...captured.read.headers, authorization: `Bearer ${text}` };
    assert.match(
      await heardBy({ ...captured.read, headers }),
      /^401 (?:forbidden|malformed)$/,
      text.slice(0, 60),
    );
  }
  await isUntouched(captured);
});

test('a captured founding founds nothing anew, and no stranger takes the name', async () => {
  liar.heard.length = 0;
  const [laptop] = await stage.account(['laptop']);
  assert.ok(laptop !== undefined);
  const founding = liar.heard.find((asked) => concerns(asked, 'POST', '/v1/accounts')) ?? assert.fail();
  assert.equal(await heardBy(founding), '201', 'the same account, of the same machine');
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
});

function tokenOf({ headers }: Asked): string {
  return /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? assert.fail();
}
