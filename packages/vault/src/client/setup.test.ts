import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MemoryRelay, Room } from '@orrery/rendezvous';
import { HttpServer } from '../../testing/http-server.ts';
import { temporaryFolder } from '../../testing/machine.ts';
import { classicSuite, hybridSuite } from '../device/suite.ts';
import { verifyRecords } from '../ledger/verify.ts';
import type { RemoteEvents } from '../remote/http-remote.ts';
import { readAccount } from './account.ts';
import { admitNewcomer, meetNewcomer } from './admission.ts';
import { NotSetUpError, openClient } from './client.ts';
import { Home } from './home.ts';
import { migrateDevice } from './membership.ts';
import { readPending } from './pending.ts';
import {
  awaitAdmission,
  beginFounding,
  beginJoining,
  complete,
  discard,
  finishFounding,
  type Identity,
} from './setup.ts';

const quiet: RemoteEvents = { clockDiffers: () => undefined, serverBusy: () => undefined };
const folder = temporaryFolder();

function makeHome(): Home {
  return Home.open(join(mkdtempSync(join(folder, 'home-')), 'state'));
}

function identity(server: HttpServer, machine = 'laptop'): Identity {
  return { server: server.url.origin, username: 'alice', machine };
}

async function found(server: HttpServer, home: Home, suite = hybridSuite): Promise<void> {
  const pending = await beginFounding(home, identity(server), suite);
  await finishFounding(home, pending, undefined, quiet);
}

describe('founding an account', () => {
  it('makes a home that opens, and leaves nothing pending', async () => {
    const server = await HttpServer.start();
    const home = makeHome();
    await found(server, home);
    const { account, session } = await openClient(home, quiet, true);
    assert.deepEqual(account.account, server.memory.state.account);
    assert.equal((await session.refresh()).length, 0);
    assert.equal(readPending(home), undefined);
  });

  it('sends the registration token and nothing else of a secret', async () => {
    const server = await HttpServer.start();
    const home = makeHome();
    const pending = await beginFounding(home, identity(server), hybridSuite);
    await finishFounding(home, pending, 'the token', quiet);
    assert.deepEqual(
      server.received.map(({ authorization }) => authorization),
      ['Registration the token'],
    );
  });

  it('sends nothing before everything that it needs is on disk', async () => {
    const server = await HttpServer.start();
    const home = makeHome();
    await beginFounding(home, identity(server), hybridSuite);
    assert.deepEqual([home.has('device'), home.has('pending'), server.received.length], [true, true, 0]);
    await assert.rejects(openClient(home, quiet, true), NotSetUpError);
  });

  for (const [title, interrupt] of [
    ['before the request arrived', (server: HttpServer) => (server.instead = () => 'reset')],
    ['after it took effect', (server: HttpServer) => (server.loses = () => true)],
  ] as const)
    it(`is ended after an interruption ${title}`, async () => {
      const server = await HttpServer.start();
      const home = makeHome();
      const pending = await beginFounding(home, identity(server), hybridSuite);
      interrupt(server);
      await assert.rejects(finishFounding(home, pending, undefined, quiet), { name: 'TransportError' });
      assert.equal(readAccount(home), undefined);
      server.instead = () => undefined;
      server.loses = () => false;
      const kept = readPending(home);
      assert.ok(kept?.kind === 'found');
      await finishFounding(home, kept, undefined, quiet);
      assert.deepEqual(readAccount(home)?.account, server.memory.state.account);
    });

  it('says so if the name belongs to somebody else', async () => {
    const server = await HttpServer.start();
    await found(server, makeHome());
    const home = makeHome();
    await assert.rejects(found(server, home), { name: 'ServerError', code: 'username-taken' });
    assert.equal(readAccount(home), undefined);
  });
});

describe('joining an account', () => {
  /** A laptop that admits, and a desktop that has shown its phrase. */
  async function begin(): Promise<{
    readonly server: HttpServer;
    readonly relay: MemoryRelay;
    readonly home: Home;
    readonly admit: () => Promise<void>;
  }> {
    const server = await HttpServer.start();
    const [laptop, home] = [makeHome(), makeHome()];
    await found(server, laptop);
    const { pending } = await beginJoining(home, identity(server, 'desktop'), hybridSuite);
    const relay = new MemoryRelay();
    const admit = async (): Promise<void> => {
      const { session } = await openClient(laptop, quiet, true);
      const room = new Room(relay, pending.room, 'admitter');
      await admitNewcomer(session, room, await meetNewcomer(room, 'alice'), false);
    };
    return { server, relay, home, admit };
  }

  async function resume({
    relay,
    home,
  }: {
    relay: MemoryRelay;
    home: Home;
  }): ReturnType<typeof awaitAdmission> {
    const pending = readPending(home);
    assert.ok(pending?.kind === 'join');
    return awaitAdmission(home, pending, relay, quiet);
  }

  it('ends with a home that opens', async () => {
    const scene = await begin();
    const waiting = resume(scene);
    await scene.admit();
    const { account, verified } = await waiting;
    assert.equal(readAccount(scene.home), undefined, 'before a person agreed');
    complete(scene.home, account, verified);
    const { session } = await openClient(scene.home, quiet, true);
    assert.equal(session.state.head.number, 1);
  });

  it('goes on where it was interrupted while it waited, and after it was admitted', async () => {
    const scene = await begin();
    const pending = readPending(scene.home);
    assert.ok(pending?.kind === 'join');
    const stop = new AbortController();
    const interrupted = awaitAdmission(scene.home, pending, scene.relay, quiet, stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(interrupted, /stopped/);
    const again = resume(scene);
    await scene.admit();
    await again;
    const { account, verified } = await resume(scene);
    complete(scene.home, account, verified);
    assert.equal(readPending(scene.home), undefined);
  });

  it('is forgotten by discard, keys included', async () => {
    const { home } = await begin();
    discard(home);
    assert.deepEqual([home.has('pending'), home.has('device')], [false, false]);
  });
});

describe('openClient', () => {
  it('removes what a setup left that was killed when all else was done, unless it only looks', async () => {
    const server = await HttpServer.start();
    const home = makeHome();
    await found(server, home);
    home.write('pending', new Uint8Array(1));
    await openClient(home, quiet, false);
    assert.equal(home.has('pending'), true);
    await openClient(home, quiet, true);
    assert.equal(home.has('pending'), false);
  });

  it('ends a migration whose answer was lost, and writes nothing down unless it keeps', async () => {
    const server = await HttpServer.start();
    const home = makeHome();
    await found(server, home, classicSuite);
    const { session } = await openClient(home, quiet, true);
    server.loses = ({ method, target }) => method === 'POST' && target === '/v1/ledger';
    await assert.rejects(migrateDevice(home, session, 'laptop'), { name: 'TransportError' });
    server.loses = () => false;
    const looking = await openClient(home, quiet, false);
    assert.equal(looking.session.device.suite.name, hybridSuite.name);
    assert.equal(home.readDevice('device')?.suite.name, classicSuite.name);
    await looking.session.refresh();
    await openClient(home, quiet, true);
    assert.equal(home.readDevice('device')?.suite.name, hybridSuite.name);
    assert.equal(home.has('nextDevice'), false);
  });

  it('keeps the old keys while the migration did not reach the server', async () => {
    const server = await HttpServer.start();
    const home = makeHome();
    await found(server, home, classicSuite);
    const { session } = await openClient(home, quiet, true);
    server.instead = ({ method }) => (method === 'POST' ? 'reset' : undefined);
    await assert.rejects(migrateDevice(home, session, 'laptop'), { name: 'TransportError' });
    server.instead = () => undefined;
    const { session: after } = await openClient(home, quiet, true);
    assert.equal(after.device.suite.name, classicSuite.name);
    assert.equal(verifyRecords(undefined, server.memory.records).state.head.number, 0);
  });
});
