import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, utf8 } from '@orrery/bytes';
import { randomSecrets } from '../testing/random-secrets.ts';
import { roomError } from '../testing/rejection.ts';
import { MemoryRelay } from './memory-relay.ts';
import type { Relay } from './relay.ts';
import { Room, openRoom } from './room.ts';
import { roomSecretsCodec, wipeSecrets } from './secrets.ts';

const hello = utf8('keys of the newcomer');
const answer = utf8('hash of the ledger');

test('Room carries two messages each way, in order', async () => {
  const secrets = randomSecrets();
  const relay = new MemoryRelay();
  const newcomer = await openRoom(relay, secrets);
  const admitter = new Room(relay, secrets, 'admitter');
  for (const round of ['first', 'second']) {
    await newcomer.send(utf8(`${round} hello`));
    assert.deepEqual(await admitter.receive(), utf8(`${round} hello`));
    await admitter.send(utf8(`${round} answer`));
    assert.deepEqual(await newcomer.receive(), utf8(`${round} answer`));
  }
});

test('Room has no third message in either direction', async () => {
  const secrets = randomSecrets();
  const relay = new MemoryRelay();
  const newcomer = await openRoom(relay, secrets);
  const admitter = new Room(relay, secrets, 'admitter');
  for (const message of [hello, answer]) {
    await newcomer.send(message);
    await admitter.receive();
  }
  await assert.rejects(newcomer.send(hello), RangeError);
  await assert.rejects(admitter.receive(), RangeError);
});

test('Room.receive waits until the other party writes', async () => {
  const secrets = randomSecrets();
  const relay = new MemoryRelay();
  const newcomer = await openRoom(relay, secrets);
  const waiting = newcomer.receive();
  await new Room(relay, secrets, 'admitter').send(answer);
  assert.deepEqual(await waiting, answer);
});

test('Room.receive asks again when the relay has nothing to say', async () => {
  const secrets = randomSecrets();
  const memory = new MemoryRelay();
  let asked = 0;
  const relay: Relay = {
    open: memory.open.bind(memory),
    write: memory.write.bind(memory),
    read: async (id, role, slot) => (asked++ === 0 ? undefined : memory.read(id, role, slot, 0)),
  };
  const newcomer = await openRoom(relay, secrets);
  await newcomer.send(hello);
  assert.deepEqual(await new Room(relay, secrets, 'admitter').receive(), hello);
  assert.equal(asked, 2);
});

test('Room.receive ends with the reason of its signal, and can be called again', async () => {
  const secrets = randomSecrets();
  const relay = new MemoryRelay();
  const newcomer = await openRoom(relay, secrets);
  const controller = new AbortController();
  const waiting = newcomer.receive(controller.signal);
  const reason = new Error('the user gave up');
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  await new Room(relay, secrets, 'admitter').send(answer);
  assert.deepEqual(await newcomer.receive(), answer);
});

test('Room.receive gives up after ten minutes, whatever the relay does', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  const asked: number[] = [];
  const relay: Relay = {
    open: async () => {},
    write: async () => {},
    read: async (_id, _role, _slot, waitSeconds) => {
      asked.push(waitSeconds);
      t.mock.timers.tick(590_000);
      return undefined;
    },
  };
  const newcomer = await openRoom(relay, randomSecrets());
  await assert.rejects(newcomer.receive(), roomError('expired'));
  assert.deepEqual(asked, [25, 10]);
});

test('Room.send can be repeated after the relay could not be reached, and fills one slot', async () => {
  const secrets = randomSecrets();
  const memory = new MemoryRelay();
  const lost = new Error('connection reset');
  let failures = 2;
  const relay: Relay = {
    open: memory.open.bind(memory),
    read: memory.read.bind(memory),
    write: async (...request) => {
      failures--;
      if (failures > 0) throw lost; // the request is lost
      await memory.write(...request);
      if (failures === 0) throw lost; // the answer is lost
    },
  };
  const newcomer = await openRoom(relay, secrets);
  await assert.rejects(newcomer.send(hello), lost);
  await assert.rejects(newcomer.send(hello), lost);
  await newcomer.send(hello);
  await newcomer.send(answer);
  const admitter = new Room(relay, secrets, 'admitter');
  assert.deepEqual([await admitter.receive(), await admitter.receive()], [hello, answer]);
});

test('An interrupted newcomer goes on with its stored secrets', async () => {
  const relay = new MemoryRelay();
  const secrets = randomSecrets();
  const stored = encode(roomSecretsCodec, secrets);
  const interrupted = await openRoom(relay, secrets);
  await interrupted.send(hello);
  interrupted.close();
  const admitter = new Room(relay, secrets, 'admitter');
  await admitter.receive();
  await admitter.send(answer);

  const resumed = await openRoom(relay, decode(roomSecretsCodec, stored));
  await resumed.send(hello);
  assert.deepEqual(await resumed.receive(), answer);
});

test('Room.send refuses to say something else than before the interruption', async () => {
  const relay = new MemoryRelay();
  const secrets = randomSecrets();
  const interrupted = await openRoom(relay, secrets);
  await interrupted.send(hello);
  const resumed = await openRoom(relay, secrets);
  await assert.rejects(resumed.send(utf8('other keys')), roomError('taken'));
  await resumed.send(hello);
});

test('A second newcomer cannot open the room of a first', async () => {
  const relay = new MemoryRelay();
  const secrets = randomSecrets();
  await openRoom(relay, secrets);
  await assert.rejects(openRoom(relay, { ...randomSecrets(), id: secrets.id }), roomError('taken'));
});

test('Room.close wipes only its own copy of the secrets and refuses every later call', async () => {
  const relay = new MemoryRelay();
  const secrets = randomSecrets();
  const newcomer = await openRoom(relay, secrets);
  const admitter = new Room(relay, secrets, 'admitter');
  newcomer.close();
  newcomer.close();
  await assert.rejects(newcomer.send(hello), roomError('closed'));
  await assert.rejects(newcomer.receive(), roomError('closed'));
  wipeSecrets(secrets);
  await admitter.send(answer);
});

test('Room wipes its secrets when it is closed and when it aborts', async () => {
  for (const end of ['close', 'abort']) {
    const used: Uint8Array[] = [];
    const relay: Relay = {
      open: async () => {},
      write: async (id, _role, _slot, token) => void used.push(id, token),
      read: async () => utf8('what nobody sealed in this room'),
    };
    const room = await openRoom(relay, randomSecrets());
    await room.send(hello);
    assert.ok(used.every((secret) => secret.some((byte) => byte !== 0)));
    if (end === 'close') room.close();
    else await assert.rejects(room.receive(), roomError('unauthentic'));
    assert.deepEqual(used, [new Uint8Array(32), new Uint8Array(32)]);
  }
});

test('Room.receive accepts nothing after Room.close, even what comes to who waits already', async () => {
  const relay = new MemoryRelay();
  const secrets = randomSecrets();
  const newcomer = await openRoom(relay, secrets);
  const waiting = newcomer.receive();
  newcomer.close();
  await new Room(relay, secrets, 'admitter').send(answer);
  await assert.rejects(waiting, roomError('closed'));
});
