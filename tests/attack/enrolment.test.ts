import { MemoryRelay, openRoom, Room } from '@orrery/rendezvous';
import {
  admitNewcomer,
  buildAdmit,
  Device,
  decodeEntry,
  Home,
  hybridSuite,
  makeHello,
  meetNewcomer,
  presentEpoch,
  proveDevice,
  verifyRecords,
} from '@orrery/vault';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSecrets } from '../../packages/rendezvous/testing/random-secrets.ts';
import { unwrapKey } from '../../packages/vault/src/epoch.ts';
import { openObject, sealObject } from '../../packages/vault/src/object.ts';
import { takeOver } from './stage/account.ts';
import { askForAdmission, type Waiting } from './stage/enrolment.ts';
import { contents, look } from './stage/folder.ts';
import { foundAccount, forge, showing } from './stage/forger.ts';
import { recordsOf, unixNow } from './stage/intruder.ts';
import type { Lie } from './stage/liar.ts';
import type { Machine, Ran } from './stage/machine.ts';
import { Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();

interface Meeting {
  readonly laptop: Machine;
  readonly desktop: Machine;
  readonly username: string;
}

/** A machine with an account, and one that wants to join; each has files. */
async function meeting(): Promise<Meeting> {
  const [laptop] = await stage.account(['laptop']);
  assert.ok(laptop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
  const desktop = stage.stranger('desktop');
  desktop.write('id_ed25519', 'the key of the desktop\n');
  return { laptop, desktop, username: (await takeOver(laptop)).account.username };
}

/** The desktop shows its phrase, and the laptop is given it. */
async function meet({
  laptop,
  desktop,
  username,
}: Meeting): Promise<{ readonly admitter: Ran; readonly waiting: Waiting }> {
  const waiting = await askForAdmission(desktop, stage.liar.url, username);
  return { admitter: await laptop.run('challenge-response', ...waiting.words, '--yes'), waiting };
}

/** Changes what one side reads from the room. */
function inRoom(role: 'newcomer' | 'admitter', change: (message: Uint8Array) => Uint8Array): Lie {
  return async (asked, honest) => {
    const answer = await honest();
    const reads = asked.method === 'GET' && asked.target.includes(`/${role}/0`) && answer.status === 200;
    return reads ? { ...answer, body: change(answer.body) } : answer;
  };
}

function withFlippedBit(message: Uint8Array): Uint8Array {
  const copy = message.slice();
  copy[40] = (copy[40] ?? 0) ^ 1;
  return copy;
}

test('a server that knows the phrase gets the key of the account: the control of what follows', async () => {
  const { laptop, username } = await meeting();
  const { session } = await takeOver(laptop);
  const relay = new MemoryRelay();
  const secrets = randomSecrets();
  const evil = Device.generate(hybridSuite);
  const asNewcomer = await openRoom(relay, secrets);
  await asNewcomer.send(await makeHello(evil, username, 'desktop'));
  const admitter = new Room(relay, secrets, 'admitter');
  await admitNewcomer(session, admitter, await meetNewcomer(admitter, username), false);
  const { state } = session;
  const { epoch, commitment } = presentEpoch(state);
  const wrap = state.wraps.get(evil.id.toHex());
  assert.ok(wrap !== undefined);
  assert.equal(unwrapKey(wrap.sealed, epoch, commitment, evil, wrap.place).length, 32);
});

test('a message that the server puts in place of the newcomer’s admits nobody', async () => {
  const actors = await meeting();
  const { laptop, username } = actors;
  const evil = await makeHello(Device.generate(hybridSuite), username, 'desktop');
  const before = look(laptop.ssh);
  const members = (await takeOver(laptop)).session.state.members.size;
  for (const change of [() => evil, withFlippedBit, (message: Uint8Array) => message.subarray(1)]) {
    const { admitter, waiting } = await stage.liar.during(inRoom('newcomer', change), () => meet(actors));
    waiting.stop();
    await waiting.ended;
    assert.equal(admitter.code, 3, admitter.err);
    assert.match(admitter.err, /cannot accept message from room: it was not sealed/);
    assert.match(admitter.err, /hint: .*interferes.*list-machines/);
    assert.deepEqual(look(laptop.ssh), before);
    assert.equal((await takeOver(laptop)).session.state.members.size, members);
  }
});

test('an answer that the server puts in place of the admitter’s sets up nothing', async () => {
  for (const change of ['flipped', 'reflected'] as const) {
    const actors = await meeting();
    const { desktop } = actors;
    const before = look(desktop.ssh);
    let hello = new Uint8Array();
    const lie: Lie = async (asked, honest, response) => {
      if (asked.method === 'PUT' && asked.target.endsWith('/newcomer/0')) hello = asked.body.slice();
      return inRoom('admitter', change === 'flipped' ? withFlippedBit : () => hello)(asked, honest, response);
    };
    const ran = await stage.liar.during(lie, async () => (await meet(actors)).waiting.ended);
    assert.equal(ran.code, 3, ran.err);
    assert.match(ran.err, /cannot accept message from room: it was not sealed/);
    assert.match(ran.err, /hint: .*interferes.*run setup again/);
    assert.deepEqual(look(desktop.ssh), before);
    assert.equal((await desktop.run('sync')).code, 1, 'it is not set up');
  }
});

test('the server cannot put another key into the entry that admits the newcomer', async () => {
  const actors = await meeting();
  const { laptop, desktop, username } = actors;
  const before = look(desktop.ssh);
  const evil = Device.generate(hybridSuite);
  const proof = await proveDevice(evil, username, 'desktop');
  const waiting = await askForAdmission(desktop, stage.liar.url, username);
  const substituted = Promise.withResolvers<Lie>();
  const lie: Lie = async (asked, honest, response) => (await substituted.promise)(asked, honest, response);
  const holdBack: Lie = async (asked, honest, response) =>
    asked.method === 'GET' && asked.target.startsWith('/v1/ledger?after=-1')
      ? lie(asked, honest, response)
      : honest();
  await stage.liar.during(holdBack, async () => {
    await succeeds(laptop, 'challenge-response', ...waiting.words, '--yes');
    const records = [...recordsOf(await takeOver(laptop))];
    const admit = decodeEntry(records.pop()?.entry ?? new Uint8Array());
    assert.ok(admit.change.kind === 'admit');
    const place = { number: admit.number, previous: admit.previous };
    const change = { ...admit.change, keys: evil.keys, proof };
    records.push(await forge(evil, admit.device, place, change));
    substituted.resolve(showing(records));
    const ran = await waiting.ended;
    assert.equal(ran.code, 3, ran.err);
    assert.match(ran.err, /ledger entry 2: its signature does not verify/);
    assert.match(ran.err, /hint: .*do not trust it/);
  });
  assert.deepEqual(look(desktop.ssh), before);
});

test('a ledger without the entry that admitted the newcomer is refused by it', async () => {
  const actors = await meeting();
  const { laptop, desktop } = actors;
  const before = look(desktop.ssh);
  const old = recordsOf(await takeOver(laptop));
  const ran = await stage.liar.during(
    (asked, honest, response) =>
      asked.target === '/v1/ledger?after=-1' ? showing(old)(asked, honest, response) : honest(),
    async () => (await meet(actors)).waiting.ended,
  );
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, /cannot join: .*does not have the entry that admitted this machine/);
  assert.match(ran.err, /hint: .*do not trust it/);
  assert.deepEqual(look(desktop.ssh), before);
  // Once the server is honest, the same setup ends well.
  await succeeds(desktop, 'setup', '--yes');
  await succeeds(desktop, 'sync');
});

test('a server cannot lure the newcomer into an account of its own', async () => {
  const actors = await meeting();
  const { desktop, username } = actors;
  const before = contents(desktop.ssh);
  const evil = await foundAccount(username, 'laptop');
  const lure: Lie = async (asked, honest, response) => {
    if (asked.target !== '/v1/ledger?after=-1') return honest();
    const newcomer = Home.open(desktop.state).readDevice('device') ?? assert.fail();
    const shown = {
      name: 'desktop',
      keys: newcomer.keys,
      proof: await proveDevice(newcomer, username, 'desktop'),
    };
    const admit = await buildAdmit(evil.state, evil.device, evil.key, shown, false, unixNow());
    const records = [evil.genesis, admit];
    const { state } = verifyRecords(undefined, records);
    // The control: by its own rules the ledger is right, and what a trusting newcomer uploads, the server reads.
    const wrap = state.wraps.get(newcomer.id.toHex()) ?? assert.fail();
    const { epoch, commitment } = presentEpoch(state);
    const epochKey = unwrapKey(wrap.sealed, epoch, commitment, newcomer, wrap.place);
    const secret = new TextEncoder().encode('the key of the desktop');
    const { id, bytes } = sealObject({ account: state.account, epoch, epochKey }, secret);
    assert.deepEqual(openObject({ account: state.account, epoch, epochKey: evil.key }, id, bytes), secret);
    return showing(records)(asked, honest, response);
  };
  const ran = await stage.liar.during(lure, async () => (await meet(actors)).waiting.ended);
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, /cannot join: the server sent account SHA256:.*the other machine named SHA256:/);
  assert.match(ran.err, /hint: nothing was changed/);
  assert.deepEqual(contents(desktop.ssh), before);
});
