import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { verifySignature } from '@orrery/keys';
import { authenticated, hostKey, makePair, makeRoles, message, side } from '../../testing/transport-pair.ts';
import { DisconnectedError, SshError } from '../ssh-error.ts';
import { defaultPreferences, supportedAlgorithms } from './algorithms.ts';
import { encodeMessage, Msg, ping } from './messages.ts';
import { Transport } from './transport.ts';

const { kex, ciphers, macs, compressions } = supportedAlgorithms;
const combinations = [
  ...kex.map((name) => ({ kex: [name], ciphers: ['aes256-gcm@openssh.com'] })),
  ...ciphers.map((name) => ({ kex: ['curve25519-sha256'], ciphers: [name], macs: macs.slice(0, 1) })),
  ...macs.map((name) => ({ kex: ['curve25519-sha256'], ciphers: ['aes128-ctr'], macs: [name] })),
  ...compressions.map((name) => ({ kex: ['curve25519-sha256'], compressions: [name] })),
];

describe('Transport', () => {
  for (const preferences of combinations)
    it(`carries messages both ways, before and after new keys, by ${Object.values(preferences).join(' ')}`, async () => {
      const pair = await makePair({ preferences });
      const { client, server, seen } = pair;
      const [proof] = seen;
      assert.ok(proof !== undefined && seen.length === 1);
      assert.deepEqual([proof.algorithm, proof.publicKey], ['ssh-ed25519', hostKey.publicKey]);
      assert.deepEqual(proof.exchangeHash, client.transport.sessionId);
      assert.equal(
        verifySignature(hostKey.publicKey, 'ssh-ed25519', proof.exchangeHash, proof.signature),
        true,
      );
      assert.deepEqual(client.transport.sessionId, server.transport.sessionId);
      client.transport.send(message('from the client'));
      server.transport.send(message('from '), Uint8Array.from(Buffer.from('the server')));
      await Promise.all([client.user.until(1), server.user.until(1)]);
      await authenticated(pair);
      client.transport.rekey();
      client.transport.send(message('during the exchange'));
      server.transport.send(message('meanwhile'));
      await server.user.until(2);
      client.transport.send(message('after'));
      await Promise.all([server.user.until(3), client.user.until(3)]);
      assert.deepEqual(server.user.texts, ['Zfrom the client', 'Zduring the exchange', 'Zafter']);
      assert.deepEqual(client.user.texts, ['Zfrom the server', '4', 'Zmeanwhile']);
      assert.equal(seen.length, 2);
    });

  for (const [who, limits] of [
    ['the client', { client: { rekey: { bytes: 20_000, seconds: 0 } } }],
    ['the server', { server: { rekey: { bytes: 20_000, seconds: 0 } } }],
    [
      'both',
      { client: { rekey: { bytes: 20_000, seconds: 0 } }, server: { rekey: { bytes: 16, seconds: 0 } } },
    ],
  ] as const)
    it(`changes keys by bytes under full load when ${who} wants it`, async () => {
      const pair = await makePair({ preferences: { kex: ['curve25519-sha256'] }, ...limits });
      const { client, server, seen } = pair;
      await authenticated(pair);
      const sent = Array.from({ length: 200 }, (_, index) => message(`${index} `.padEnd(1000, '.')));
      for (const [index, payload] of sent.entries()) {
        client.transport.send(payload);
        server.transport.send(payload);
        if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all([server.user.until(200), client.user.until(201)]);
      const texts = sent.map((payload) => Buffer.from(payload).toString('latin1'));
      assert.deepEqual(server.user.texts, texts);
      assert.deepEqual(client.user.texts.slice(1), texts);
      assert.ok(seen.length >= 5, `${seen.length} exchanges`);
    });

  it('changes keys by time, but only where they were used', async () => {
    const pair = await makePair({ client: { rekey: { bytes: 0, seconds: 0.02 } } });
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(pair.seen.length, 1);
    await authenticated(pair);
    while (pair.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    pair.client.transport.disconnect('');
  });

  for (const [what, serverKex, guessedRight] of [
    ['right', defaultPreferences.kex, true],
    ['wrong', ['curve25519-sha256'], false],
  ] as const)
    it(`begins with a guess that is ${what}`, async () => {
      const { client, server, seen } = await makePair({
        client: { guess: true },
        server: {
          preferences: { ...defaultPreferences, kex: serverKex, hostKeys: defaultPreferences.hostKeys },
          hostKeys: makeRoles().serverRole.hostKeys,
        },
        preferences: { hostKeys: ['ssh-ed25519'] },
      });
      client.transport.send(message('x'));
      await server.user.until(1);
      assert.equal(seen.length, 1);
      assert.equal(client.transport.negotiated?.kex, serverKex[0]);
      assert.equal(client.transport.negotiated?.guessedRight, guessedRight);
    });

  it('tells the other side of its extensions', async () => {
    const { client, server } = await makePair({
      server: { signatureAlgorithms: ['ssh-ed25519', 'rsa-sha2-512'] },
    });
    client.transport.send(message(''));
    server.transport.send(message(''));
    await Promise.all([client.user.until(1), server.user.until(1)]);
    assert.deepEqual(
      Object.fromEntries(Array.from(client.transport.extensions, ([k, v]) => [k, Buffer.from(v).toString()])),
      {
        'server-sig-algs': 'ssh-ed25519,rsa-sha2-512',
        'publickey-hostbound@openssh.com': '0',
        'ping@openssh.com': '0',
      },
    );
    assert.deepEqual([...server.transport.extensions.keys()], ['ext-info-in-auth@openssh.com']);
    server.transport.tellExtensions(
      new Map([['server-sig-algs', Uint8Array.from(Buffer.from('ssh-ed25519'))]]),
    );
    server.transport.send(message(''));
    await client.user.until(2);
    assert.deepEqual(
      Buffer.from(client.transport.extensions.get('server-sig-algs') ?? []).toString(),
      'ssh-ed25519',
    );
    assert.equal(client.transport.extensions.size, 3);
  });

  it('answers pings and what it does not know, and ignores what is to be ignored', async () => {
    const { client, server } = await makePair();
    server.transport.use(undefined);
    const answers: Uint8Array[] = [];
    server.transport.use({ receive: (payload) => payload[0] !== 77, closed: () => undefined });
    client.transport.use({
      receive: (payload) => answers.push(payload.slice()) > 0,
      closed: () => undefined,
    });
    client.transport.send(Uint8Array.of(Msg.ignore, 0, 0, 0, 1, 1));
    client.transport.send(Uint8Array.of(Msg.debug, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    client.transport.send(Uint8Array.of(Msg.unimplemented, 0, 0, 0, 0));
    client.transport.send(encodeMessage(ping, { data: Uint8Array.of(1, 2, 3) }));
    client.transport.send(Uint8Array.of(77));
    server.transport.send(message('all well'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(answers, [message('all well')]);
    assert.equal(client.transport.isFull, false);
  });

  it('says goodbye, and hears it', async () => {
    const { client, server } = await makePair();
    client.transport.disconnect('that is all');
    assert.equal(await client.user.ended, undefined);
    const error = await server.user.ended;
    assert.ok(error instanceof DisconnectedError);
    assert.deepEqual([error.reason, error.description, error.code], [11, 'that is all', 'connectionLost']);
  });

  it('handles what came before the other side hung up', async () => {
    const { client, server } = await makePair();
    let release: (() => void) | undefined;
    const seen: string[] = [];
    const ended = new Promise<Error | undefined>((resolve) => {
      server.transport.use({
        receive: async (payload) => {
          seen.push(Buffer.from(payload).toString());
          await new Promise<void>((done) => (release = done));
          return true;
        },
        closed: resolve,
      });
    });
    client.transport.send(message('1'));
    client.transport.send(message('2'));
    client.transport.disconnect('bye');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(seen, ['Z1']);
    release?.();
    await new Promise((resolve) => setImmediate(resolve));
    release?.();
    const error = await ended;
    assert.deepEqual(seen, ['Z1', 'Z2']);
    assert.ok(error instanceof DisconnectedError);
    assert.equal(error.description, 'bye');
  });

  it('stops reading while a message takes time', async () => {
    const pair = await makePair();
    const { client, server } = pair;
    await authenticated(pair);
    let release: (() => void) | undefined;
    const all = Promise.withResolvers<void>();
    let count = 0;
    server.transport.use({
      receive: async () => {
        count++;
        if (count === 1) await new Promise<void>((done) => (release = done));
        if (count === 100) all.resolve();
        return true;
      },
      closed: () => undefined,
    });
    for (let index = 0; index < 100; index++) client.transport.send(new Uint8Array(32_768).fill(0x5a));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(server.stream.isPaused(), true);
    assert.ok(client.stream.writableLength > 2_000_000);
    release?.();
    await all.promise;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.stream.isPaused(), false);
  });

  it('gives up an unknown peer that does not read', async () => {
    const [here, there] = duplexPair();
    const { clientRole, serverRole } = makeRoles();
    const client = new Transport(here, clientRole);
    const server = side(there, new Transport(there, serverRole));
    await client.ready;
    here.pause();
    for (let index = 0; index < 40; index++) server.transport.send(new Uint8Array(32_768).fill(0x5a));
    const error = await server.user.ended;
    assert.equal(error?.message, 'Cannot send: the other side does not read');
  });

  it('gives up a peer that takes too long to exchange keys, but not while this side takes its time', async () => {
    const [here, there] = duplexPair();
    const { clientRole, serverRole } = makeRoles({ client: { exchangeSeconds: 0.02 } });
    const silent = side(here, new Transport(here, clientRole));
    const error = await silent.user.ended;
    assert.ok(error instanceof SshError);
    assert.equal(error.message, 'Cannot go on: the other side takes too long to exchange keys');
    await assert.rejects(silent.transport.ready, error);
    there.destroy();

    const patient = await makePair({
      client: {
        exchangeSeconds: 0.02,
        checkHostKey: () => new Promise((resolve) => setTimeout(resolve, 80)),
      },
      server: serverRole,
    });
    assert.notEqual(patient.client.transport.sessionId, undefined);
  });

  it('ends the first exchange with what the check of the host key throws', async () => {
    const error = new Error('never seen');
    const [here, there] = duplexPair();
    const { clientRole, serverRole } = makeRoles({
      client: {
        checkHostKey: () => {
          throw error;
        },
      },
    });
    const client = new Transport(here, clientRole);
    const server = side(there, new Transport(there, serverRole));
    await assert.rejects(client.ready, error);
    assert.ok((await server.user.ended) instanceof SshError);
  });
});
