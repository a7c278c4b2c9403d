import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAttacks, type Attack } from '../../testing/attacks.ts';
import type { TestAccount } from '../../testing/account.ts';
import { laptop, oldBox, phone, scene, stranger, tablet, type SceneName } from '../../testing/scenes.ts';
import type { Device } from '../device/secret.ts';
import { openEpoch } from '../epoch.ts';
import { nextPlace } from './build.ts';
import type { NewEpoch, Wrap } from './entry.ts';

const inexact = 'its wraps do not cover exactly the admitted machines';
const keyless = 'it does not carry the key of the epoch before';

/** The epoch after the present one, for these devices. */
function epochFor(account: TestAccount, devices: readonly Device[], number = 3): NewEpoch {
  return openEpoch(number, account.key(laptop), devices, nextPlace(account.state));
}

function badRotation(
  name: string,
  says: string,
  devices: readonly Device[],
  twist: (epoch: NewEpoch) => NewEpoch = (epoch) => epoch,
): Attack {
  return {
    name: `a rotation ${name}`,
    in: 'settled',
    forge: (account) => account.sign(laptop, { kind: 'rotate', epoch: twist(epochFor(account, devices)) }),
    says,
  };
}

function badRemoval(
  name: string,
  says: string,
  removed: readonly Device[],
  left: readonly Device[] | undefined,
  scenery: SceneName = 'settled',
): Attack {
  return {
    name: `a removal ${name}`,
    in: scenery,
    forge: (account) =>
      account.sign(laptop, {
        kind: 'remove',
        devices: removed.map(({ id }) => id),
        epoch: left === undefined ? undefined : epochFor(account, left),
      }),
    says,
  };
}

function numbered(number: number): (epoch: NewEpoch) => NewEpoch {
  return (epoch) => ({ ...epoch, epoch: number });
}

function wrapped(change: (wraps: readonly Wrap[]) => readonly Wrap[]): (epoch: NewEpoch) => NewEpoch {
  return (epoch) => ({ ...epoch, wraps: change(epoch.wraps) });
}

function absent(device: Device): string {
  return `it removes ${device.id.toHex()}, which is not admitted`;
}

const present = [laptop, phone, oldBox];
const unopened = 'it removes another device without opening an epoch';
const ownKey = 'it opens an epoch and removes its own author, who would know the key';

testAttacks([
  badRotation('to the present epoch', 'it opens epoch 2, 3 expected', present, numbered(2)),
  badRotation('to the first epoch', 'it opens epoch 1, 3 expected', present, numbered(1)),
  badRotation('that skips an epoch', 'it opens epoch 4, 3 expected', present, numbered(4)),
  badRotation('without the key before', keyless, present, (epoch) => ({
    ...epoch,
    previousKey: new Uint8Array(),
  })),
  badRotation('whose key before is cut short', keyless, present, (epoch) => ({
    ...epoch,
    previousKey: epoch.previousKey.subarray(1),
  })),
  badRotation('that leaves out a machine', inexact, [laptop, oldBox]),
  badRotation('that leaves out its author', inexact, [phone, oldBox]),
  badRotation('that wraps for nobody', inexact, []),
  badRotation('that also wraps for a removed machine', inexact, [...present, tablet]),
  badRotation('that also wraps for a machine never admitted', inexact, [...present, stranger]),
  badRotation('that wraps for a stranger in place of a machine', inexact, [laptop, phone, stranger]),
  badRotation('that wraps twice for one machine', inexact, [...present, laptop]),
  badRotation(
    'that wraps twice for one machine in place of another',
    inexact,
    present,
    wrapped(([first, second]) => [first, second, first].filter((wrap) => wrap !== undefined)),
  ),
  badRemoval('of nobody', 'it removes nobody', [], present),
  badRemoval('of nobody without an epoch', 'it removes nobody', [], undefined),
  badRemoval('of a removed machine', absent(tablet), [tablet], present),
  badRemoval('of a machine never admitted', absent(stranger), [stranger], present),
  badRemoval('of a machine twice', absent(phone), [phone, phone], [laptop, oldBox]),
  badRemoval('of a machine and a removed one', absent(tablet), [phone, tablet], [laptop, oldBox]),
  badRemoval('of its author with an epoch', ownKey, [laptop], [phone, oldBox]),
  badRemoval('of its author and another with an epoch', ownKey, [laptop, phone], [oldBox]),
  badRemoval('of another without an epoch', unopened, [phone], undefined),
  badRemoval('of its author and another without an epoch', unopened, [laptop, phone], undefined),
  badRemoval('that still wraps for the removed machine', inexact, [phone], present),
  badRemoval('that leaves out another machine', inexact, [phone], [laptop]),
  badRemoval('of a machine that has left', absent(phone), [phone], [laptop, oldBox], 'departed'),
  badRemoval('that wraps for a machine that has left', inexact, [oldBox], [laptop, phone], 'departed'),
]);

test('verifyRecords accepts the entries that the attacks twist', async () => {
  const rotated = await scene('settled');
  rotated.add(await rotated.sign(laptop, { kind: 'rotate', epoch: epochFor(rotated, present) }));
  assert.equal(rotated.state.epochs.at(-1)?.epoch, 3);
  const removed = await scene('settled');
  removed.add(
    await removed.sign(laptop, {
      kind: 'remove',
      devices: [phone.id, oldBox.id],
      epoch: epochFor(removed, [laptop]),
    }),
  );
  assert.deepEqual([...removed.state.wraps.keys()], [laptop.id.toHex()]);
  const rotatedAfter = await scene('departed');
  await rotatedAfter.rotate(laptop);
  assert.equal(rotatedAfter.state.departed, false);
  assert.deepEqual([...rotatedAfter.state.wraps.keys()], [laptop.id.toHex(), oldBox.id.toHex()]);
});
