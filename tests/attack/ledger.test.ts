import { randomBytes } from '@orrery/crypto';
import {
  decodeEntry,
  Device,
  deviceId,
  encodeEntry,
  entryHash,
  hybridSuite,
  Label,
  nextPlace,
  presentMembers,
  proveDevice,
  signEntry,
  type Client,
  type LedgerRecord,
} from '@orrery/vault';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { signLabelled } from '../../packages/vault/src/device/signing.ts';
import { unwrapKey, wrapKey } from '../../packages/vault/src/epoch.ts';
import { encodeManifest, fullManifest } from '../../packages/vault/src/manifest.ts';
import { openObject, sealObject } from '../../packages/vault/src/object.ts';
import { takeOver } from './stage/account.ts';
import { epochUnder, forge, headOf, showing, withObjects } from './stage/forger.ts';
import { plant, prepareCommit, recordsOf, unixNow } from './stage/intruder.ts';
import type { Lie } from './stage/liar.ts';
import type { Machine } from './stage/machine.ts';
import { Naive } from './stage/naive.ts';
import { type Alarm, alarms, Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();

/** The alarm of a ledger that breaks a rule. */
const invalid = {
  code: 3,
  advises: /hint: nothing was changed; the server or a machine .* do not trust it/,
  pinned: true,
};

/** The alarm of a ledger that does not continue the one seen before. */
const fork = {
  code: 3,
  pinned: true,
  advises: /hint: .*different histories: compare the heads that "ssh-sync status"/,
};

interface Cast {
  readonly laptop: Machine;
  readonly desktop: Machine;
  /** The laptop's powers, for what the laptop itself signs. */
  readonly hand: Client;
  /** The naive twin of the desktop. */
  readonly naive: Naive;
}

/** Two machines in step, with a first version of a config. */
async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_ed25519', 'a private key, first version\n', { age: 100 });
  await succeeds(laptop, 'sync');
  await succeeds(desktop, 'sync');
  const hand = await takeOver(laptop);
  const naive = new Naive(await takeOver(desktop), join(desktop.home, 'naive'));
  await naive.sync();
  return { laptop, desktop, hand, naive };
}

/** Demands that the client is alarmed by the lie, and well again once the server is honest. */
async function withstands(
  desktop: Machine,
  lie: Lie,
  says: RegExp,
  alarm: Omit<Alarm, 'says'> = invalid,
): Promise<void> {
  await stage.liar.during(lie, () => alarms(desktop, ['sync'], { ...alarm, says }));
  await succeeds(desktop, 'sync');
}

test('a ledger that was rolled back is refused, where a naive client takes the old files', async () => {
  const { laptop, desktop, hand, naive } = await cast();
  const old = recordsOf(hand);
  laptop.write('id_ed25519', 'a private key, replaced\n');
  await succeeds(laptop, 'sync');
  await succeeds(desktop, 'sync');
  const lie = showing(old);
  await naive.sync();
  await stage.liar.during(lie, () => naive.sync());
  assert.equal(naive.read('id_ed25519'), 'a private key, first version\n');
  await withstands(
    desktop,
    lie,
    /newest entries are missing: this machine has seen entry 3 .*ends at entry 2/,
    {
      code: 3,
      advises: /hint: .*restored from a backup.*sync --restore-server/,
    },
  );
});

test('a branch of the ledger is refused, as long as the one seen before or longer', async () => {
  const { desktop, hand, naive } = await cast();
  const { record: other, objects } = await prepareCommit(hand, {
    files: [{ name: 'id_ed25519', content: 'of the other branch\n' }],
  });
  await hand.session.remote.putObjects(objects);
  const trunk = recordsOf(hand);
  await plant(hand, { files: [{ name: 'id_ed25519', content: 'of the first branch\n' }] });
  await succeeds(desktop, 'sync');

  const branch = [...trunk, other];
  const longer = [...branch, await after(branch, hand)];
  for (const [records, says] of [
    [branch, /it differs from the one seen before: this machine has seen entry 3 .*ends at entry 3/],
    [longer, /its entries do not follow entry 3/],
  ] as const)
    await withstands(desktop, showing(records), says, fork);
  await stage.liar.during(showing(branch), () => naive.sync());
  assert.equal(naive.read('id_ed25519'), 'of the other branch\n');
});

/** One more commit by the same machine on top of a branch that the real server does not have. */
async function after(records: readonly LedgerRecord[], { session }: Client): Promise<LedgerRecord> {
  const last = records.at(-1);
  assert.ok(last !== undefined);
  const { change } = decodeEntry(last.entry);
  assert.ok(change.kind === 'commit');
  const { number, hash } = headOf(records);
  const place = { number: number + 1, previous: hash };
  const id = randomBytes(16);
  return signEntry(session.device, place, unixNow(), {
    ...change,
    manifest: { id, hash: randomBytes(32) },
    adds: [id],
  });
}

test('a head whose entries the server does not send is refused, where a naive client believes to be in step', async () => {
  const { desktop, hand, naive } = await cast();
  const old = recordsOf(hand);
  await plant(hand, { files: [{ name: 'id_ed25519', content: 'withheld\n' }] });
  const lie = showing(old, headOf(recordsOf(hand)));
  await stage.liar.during(lie, () => naive.sync());
  assert.equal(naive.read('id_ed25519'), 'a private key, first version\n');
  await withstands(desktop, lie, /it names a head that it does not send: .*seen entry 2 .*ends at entry 3/);
});

test('entries in another order are refused, where a naive client ends with the older version', async () => {
  const { desktop, hand, naive } = await cast();
  await plant(hand, { files: [{ name: 'id_ed25519', content: 'second\n' }] });
  await plant(hand, { files: [{ name: 'id_ed25519', content: 'third\n' }] });
  const records = [...recordsOf(hand)];
  const swapped = [...records.slice(0, -2), ...records.slice(-2).toReversed()];
  const lie = showing(swapped, headOf(records));
  await stage.liar.during(lie, () => naive.sync());
  assert.equal(naive.read('id_ed25519'), 'second\n');
  await withstands(desktop, lie, /its entries do not follow entry 2 .* that this machine has seen/, fork);
});

test('an entry left out of the middle is refused, where a naive client misses its files', async () => {
  const { desktop, hand, naive } = await cast();
  await plant(hand, { files: [{ name: 'second', content: 'second\n' }] });
  await plant(hand, { files: [{ name: 'third', content: 'third\n' }] });
  const records = recordsOf(hand);
  const lie = showing(records.toSpliced(-2, 1), headOf(records));
  await stage.liar.during(lie, () => naive.sync());
  assert.throws(() => naive.read('second'), { code: 'ENOENT' });
  await withstands(desktop, lie, /its entries do not follow entry 2 .* that this machine has seen/, fork);
});

test('a commit is refused unless both signatures of its author verify, where a naive client applies it', async () => {
  const { desktop, hand, naive } = await cast();
  const stranger = Device.generate(hybridSuite);
  await plant(hand, { files: [{ name: 'id_ed25519', content: 'newest\n' }] });
  const records = recordsOf(hand);
  const newest = records.at(-1);
  assert.ok(newest !== undefined);
  const { entry, signatures } = newest;
  const [first = new Uint8Array(), second = new Uint8Array()] = signatures;
  const foreign = await signLabelled(stranger.signers, Label.entrySignature, entry);
  const otherwise = await signLabelled(hand.session.device.signers, Label.deviceProof, entry);
  const cases: Readonly<Record<string, readonly Uint8Array[]>> = {
    'the ML-DSA signature broken': [flipped(first), second],
    'the Ed25519 signature broken': [first, flipped(second)],
    'the ML-DSA signature missing': [second],
    'the Ed25519 signature missing': [first],
    'both signatures missing': [],
    'the first signature twice': [first, first],
    'the signatures exchanged': [second, first],
    'signatures of a stranger': foreign,
    'one signature of a stranger': [first, foreign[1] ?? first],
    'signatures under another label': otherwise,
    'an empty signature': [first, new Uint8Array()],
  };
  for (const [what, forged] of Object.entries(cases)) {
    const lie = showing([...records.slice(0, -1), { entry, signatures: [...forged] }]);
    naive.members.length = 0;
    await stage.liar.during(lie, () => naive.sync());
    assert.equal(naive.read('id_ed25519'), 'newest\n', what);
    await stage.liar.during(lie, () =>
      alarms(desktop, ['sync'], { ...invalid, says: /ledger entry 3: its signature does not verify/ }),
    );
  }
  await succeeds(desktop, 'sync');
  assert.equal(desktop.read('id_ed25519'), 'newest\n');
});

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}

test('altered bytes of a signed entry are refused, even with the signatures of the original', async () => {
  const { desktop, hand } = await cast();
  await plant(hand, { files: [{ name: 'id_ed25519', content: 'newest\n' }] });
  const records = recordsOf(hand);
  const newest = records.at(-1);
  assert.ok(newest !== undefined);
  const entry = encodeEntry({ ...decodeEntry(newest.entry), time: 1n });
  await withstands(
    desktop,
    showing([...records.slice(0, -1), { ...newest, entry }]),
    /ledger entry 3: its signature does not verify/,
  );
});

test('an entry of a kind that this version does not know asks for an upgrade and is not passed over', async () => {
  const { desktop, hand } = await cast();
  const records = recordsOf(hand);
  const newest = records.at(-1);
  assert.ok(newest !== undefined);
  const text = new TextDecoder('latin1').decode(newest.entry).replace('commit', 'cummit');
  const entry = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  await plant(hand, { files: [{ name: 'id_ed25519', content: 'newest\n' }] });
  const unknown = showing([...records, { ...newest, entry }]);
  await withstands(desktop, unknown, /ledger entry of kind "cummit": this version does not know it/, {
    code: 3,
    pinned: true,
    advises: /hint: nothing was changed; .*upgrade this one/,
  });
});

test('an injected rotation is refused, where a naive client sends its keys under the key of the server', async () => {
  const { desktop, hand, naive } = await cast();
  const { state, device: author } = hand.session;
  const evil = Device.generate(hybridSuite);
  const place = nextPlace(state);
  const key = randomBytes(32);
  const epoch = epochUnder(key, 2, presentMembers(state), place);
  const forged = await forge(evil, author.id, place, { kind: 'rotate', epoch });
  const lie = showing([...recordsOf(hand), forged]);

  await stage.liar.during(lie, () => naive.sync());
  const secret = new TextEncoder().encode('a private key that the naive client uploads');
  const { id, bytes } = naive.seal(secret);
  const stolen = openObject({ account: state.account, epoch: 2, epochKey: key }, id, bytes);
  assert.deepEqual(stolen, secret);

  stage.liar.heard.length = 0;
  desktop.write('id_new', 'a private key to be stolen\n');
  await stage.liar.during(lie, () =>
    alarms(desktop, ['sync'], { ...invalid, says: /ledger entry 3: its signature does not verify/ }),
  );
  assert.deepEqual(
    stage.liar.heard.map(({ method }) => method),
    ['GET'],
    'nothing was uploaded',
  );
});

test('an injected device is refused, where a naive client wraps the next key for it', async () => {
  const { desktop, hand, naive } = await cast();
  const { state, device: author } = hand.session;
  const evil = Device.generate(hybridSuite);
  const place = nextPlace(state);
  const admit = {
    kind: 'admit',
    name: 'phantom',
    keys: evil.keys,
    proof: await proveDevice(evil, state.username, 'phantom'),
    allowClassic: false,
    epoch: 1,
    sealed: wrapKey(randomBytes(32), 1, evil.keys, evil.id, place),
  } as const;
  const lie = showing([...recordsOf(hand), await forge(evil, author.id, place, admit)]);

  await stage.liar.during(lie, () => naive.sync());
  const phantom = naive.members.find((keys) => deviceId(keys).toHex() === evil.id.toHex());
  assert.ok(phantom !== undefined);
  const { commitment } = state.epochs[0] ?? assert.fail();
  const opened = unwrapKey(naive.wrapFor(phantom), 1, commitment, evil, {
    number: 0,
    previous: new Uint8Array(32),
  });
  assert.equal(opened.length, 32, 'the server has the key of the account');

  await withstands(desktop, lie, /ledger entry 3: its signature does not verify/);
  const own = showing([...recordsOf(hand), await forge(evil, evil.id, place, admit)]);
  await withstands(desktop, own, /ledger entry 3: its author [0-9a-f]{64} is not admitted/);
});

test('an injected commit is refused, where a naive client overwrites the config', async () => {
  const { desktop, hand, naive } = await cast();
  const { state, device: author } = hand.session;
  const evil = Device.generate(hybridSuite);
  const place = nextPlace(state);
  const key = randomBytes(32);
  const epoch = epochUnder(key, 2, presentMembers(state), place);
  const rotate = await forge(evil, author.id, place, { kind: 'rotate', epoch });
  const context = { account: state.account, epoch: 2, epochKey: key };
  const content = sealObject(context, new TextEncoder().encode('ProxyCommand sh -c "steal"\n'));
  const file = { name: 'config', hash: new Uint8Array(32), object: content.id, size: 1, mode: 0o600 };
  const files = new Map([['config', { ...file, portable: false, mtime: 0n }]]);
  const manifest = sealObject(context, encodeManifest(fullManifest(files, undefined)));
  const next = { number: place.number + 1, previous: Uint8Array.from(entryHash(rotate.entry)) };
  const commit = await forge(evil, author.id, next, {
    kind: 'commit',
    epoch: 2,
    manifest: { id: manifest.id, hash: new Uint8Array(32) },
    adds: [content.id, manifest.id],
    drops: [],
  });
  const ledger = showing([...recordsOf(hand), rotate, commit]);
  const lie = withObjects(ledger, [content, manifest]);
  await stage.liar.during(lie, () => naive.sync());
  assert.equal(naive.read('config'), 'ProxyCommand sh -c "steal"\n');
  await withstands(desktop, lie, /ledger entry 3: its signature does not verify/);
});
