import { randomBytes } from '@orrery/crypto';
import {
  buildAdmit,
  decodeEntry,
  Device,
  hybridSuite,
  nextPlace,
  openNewEpoch,
  presentEpoch,
  presentMembers,
  proveDevice,
  signEntry,
  type Change,
  type Client,
  type LedgerRecord,
} from '@orrery/vault';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openObject } from '../../packages/vault/src/object.ts';
import { wrapKey } from '../../packages/vault/src/epoch.ts';
import { takeOver } from './stage/account.ts';
import { epochUnder, showing } from './stage/forger.ts';
import { appendAs, plant, prepareCommit, recordsOf, unixNow } from './stage/intruder.ts';
import type { Machine } from './stage/machine.ts';
import { Naive } from './stage/naive.ts';
import { alarms, Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();
const distrust = /hint: nothing was changed; the server or a machine .* do not trust it/;

interface Cast {
  readonly laptop: Machine;
  /** The desktop is in the hands of somebody else, who is friends with the server. */
  readonly desktop: Client;
  readonly naive: Naive;
}

async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
  const naive = new Naive(await takeOver(laptop), join(laptop.home, 'naive'));
  return { laptop, desktop: await takeOver(desktop), naive };
}

/** The ledger with one more entry, properly signed by the desktop. */
async function withEntry({ session }: Client, change: Change): Promise<readonly LedgerRecord[]> {
  const record = await signEntry(session.device, nextPlace(session.state), unixNow(), change);
  return [...session.history().map((entry) => entry.record), record];
}

test('a rotation with a wrap for somebody else is refused, where a naive client uploads under a shared key', async () => {
  const { laptop, desktop, naive } = await cast();
  const { state } = desktop.session;
  const stranger = Device.generate(hybridSuite);
  const key = randomBytes(32);
  const devices = [...presentMembers(state), stranger];
  const epoch = epochUnder(key, 2, devices, nextPlace(state));
  const lie = showing(await withEntry(desktop, { kind: 'rotate', epoch }));

  await stage.liar.during(lie, () => naive.sync());
  const secret = new TextEncoder().encode('a private key');
  const { id, bytes } = naive.seal(secret);
  assert.deepEqual(openObject({ account: state.account, epoch: 2, epochKey: key }, id, bytes), secret);

  await stage.liar.during(lie, () =>
    alarms(laptop, ['sync'], {
      code: 3,
      says: /ledger entry 3: its wraps do not cover exactly the admitted machines/,
      advises: distrust,
      pinned: true,
    }),
  );
  await succeeds(laptop, 'sync');
});

test('a rotation that leaves a machine out without removing it is refused', async () => {
  const { laptop, desktop } = await cast();
  const { state, device } = desktop.session;
  const epoch = epochUnder(randomBytes(32), 2, [device], nextPlace(state));
  const twice = { ...epoch, wraps: [...epoch.wraps, ...epoch.wraps] };
  for (const change of [epoch, twice])
    await stage.liar.during(showing(await withEntry(desktop, { kind: 'rotate', epoch: change })), () =>
      alarms(laptop, ['sync'], {
        code: 3,
        says: /ledger entry 3: its wraps do not cover exactly the admitted machines/,
        advises: distrust,
        pinned: true,
      }),
    );
  await succeeds(laptop, 'sync');
});

test('a rotation that wraps for the key of another in a machine’s name is told from a good one', async () => {
  const { laptop, desktop } = await cast();
  const { state } = desktop.session;
  const stranger = Device.generate(hybridSuite);
  const place = nextPlace(state);
  const key = randomBytes(32);
  const devices = presentMembers(state).map(({ id, name, keys }) => ({
    id,
    keys: name === 'laptop' ? stranger.keys : keys,
  }));
  await appendAs(desktop, { kind: 'rotate', epoch: epochUnder(key, 2, devices, place) });
  await unusable(laptop);
});

test('a rotation that wraps another key than the one it commits to is told from a good one', async () => {
  const { laptop, desktop } = await cast();
  const { state } = desktop.session;
  const place = nextPlace(state);
  const epoch = epochUnder(randomBytes(32), 2, presentMembers(state), place);
  const other = epochUnder(randomBytes(32), 2, presentMembers(state), place);
  await appendAs(desktop, { kind: 'rotate', epoch: { ...epoch, wraps: other.wraps } });
  await unusable(laptop);
});

test('a rotation that carries no key for the objects of the epoch before is told from a good one', async () => {
  const { laptop, desktop } = await cast();
  const { state } = desktop.session;
  const epoch = epochUnder(randomBytes(32), 2, presentMembers(state), nextPlace(state));
  await appendAs(desktop, { kind: 'rotate', epoch });
  await unusable(laptop);
});

/** The entry follows the rules, so it stands; but its key is none, and nothing may be sent or changed. */
async function unusable(laptop: Machine): Promise<void> {
  laptop.write('id_new', 'not to be sent under a key of somebody else\n');
  const says = /cannot use key of epoch \d/;
  stage.liar.heard.length = 0;
  const { err } = await laptop.run('sync');
  assert.match(err, /"desktop" rotated the master key/);
  await alarms(laptop, ['sync'], { code: 3, says, advises: distrust });
  assert.deepEqual(
    stage.liar.heard.filter(({ target, method }) => method !== 'GET' && target !== '/v1/objects/read'),
    [],
  );
}

test('what a removed machine signs is refused, where a naive client takes its files', async () => {
  const { laptop, desktop, naive } = await cast();
  const { state, device } = desktop.session;
  const old = recordsOf(desktop);
  const { record, objects } = await prepareCommit(desktop, {
    files: [{ name: 'id_ed25519', content: 'of the removed machine\n' }],
  });
  await desktop.session.remote.putObjects(objects);
  const hand = await takeOver(laptop);
  await stage.liar.during(showing([...old, record]), () => naive.sync());
  assert.equal(naive.read('id_ed25519'), 'of the removed machine\n');
  await succeeds(laptop, 'remove-machine', 'desktop', '--yes');

  await hand.session.refresh();
  const place = nextPlace(hand.session.state);
  const epoch = epochUnder(randomBytes(32), 3, presentMembers(hand.session.state), place);
  const newcomer = Device.generate(hybridSuite);
  const proof = await proveDevice(newcomer, state.username, 'phantom');
  const sealed = wrapKey(randomBytes(32), 2, newcomer.keys, newcomer.id, place);
  const changes: readonly Change[] = [
    { kind: 'rotate', epoch },
    { kind: 'remove', devices: [hand.session.device.id], epoch },
    { kind: 'admit', name: 'phantom', keys: newcomer.keys, proof, allowClassic: true, epoch: 2, sealed },
    {
      kind: 'commit',
      epoch: 2,
      manifest: { id: randomBytes(16), hash: randomBytes(32) },
      adds: [],
      drops: [],
    },
  ];
  for (const change of changes) {
    const forged = await signEntry(device, place, unixNow(), change);
    await stage.liar.during(showing([...recordsOf(hand), forged]), () =>
      alarms(laptop, ['sync'], {
        code: 3,
        says: /ledger entry 5: its author [0-9a-f]{64} is not admitted/,
        advises: distrust,
        pinned: true,
      }),
    );
  }
  await succeeds(laptop, 'sync');
});

test('keys that were removed are never admitted again, by whomever', async () => {
  const { laptop, desktop } = await cast();
  const { device, state } = desktop.session;
  await succeeds(laptop, 'remove-machine', 'desktop', '--yes');
  const hand = await takeOver(laptop);
  const proof = await proveDevice(device, state.username, 'desktop');
  const shown = { name: 'desktop', keys: device.keys, proof };
  const { session } = hand;
  const record = await buildAdmit(session.state, session.device, randomBytes(32), shown, false, unixNow());
  await stage.liar.during(showing([...recordsOf(hand), record]), () =>
    alarms(laptop, ['sync'], {
      code: 3,
      says: /ledger entry 5: it admits keys that were admitted before/,
      advises: distrust,
      pinned: true,
    }),
  );
});

test('a commit to the epoch before is refused after a rotation, where a naive client takes it', async () => {
  const { laptop, desktop, naive } = await cast();
  const { objects, record } = await prepareCommit(desktop, {
    files: [{ name: 'id_ed25519', content: 'sealed under the old key\n' }],
  });
  await desktop.session.remote.putObjects(objects);
  await stage.liar.during(showing([...recordsOf(desktop), record]), () => naive.sync());
  assert.equal(naive.read('id_ed25519'), 'sealed under the old key\n');
  const hand = await takeOver(laptop);
  await openNewEpoch(hand.session, []);
  await desktop.session.refresh();
  assert.equal(presentEpoch(desktop.session.state).epoch, 2);
  const { change } = decodeEntry(record.entry);
  await stage.liar.during(showing(await withEntry(desktop, change)), () =>
    alarms(laptop, ['sync'], {
      code: 3,
      says: /ledger entry 4: it commits before the rotation has ended/,
      advises: distrust,
      pinned: true,
    }),
  );
  await succeeds(laptop, 'sync');
  await desktop.session.refresh();
  await stage.liar.during(showing(await withEntry(desktop, change)), () =>
    alarms(laptop, ['sync'], {
      code: 3,
      says: /ledger entry 5: it .* epoch 1, .* present one/,
      advises: distrust,
      pinned: true,
    }),
  );
  await plant(desktop, { files: [{ name: 'id_ed25519', content: 'under the new key\n' }] });
  await succeeds(laptop, 'sync');
  assert.equal(laptop.read('id_ed25519'), 'under the new key\n');
});
