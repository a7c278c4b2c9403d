import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aes256Gcm } from '@orrery/crypto';
import { deviceNamed, TestAccount } from '../../testing/account.ts';
import { refusal } from '../../testing/refusal.ts';
import { Keyring } from './keyring.ts';

const founder = deviceNamed('laptop');
const other = deviceNamed('desktop');

async function makeAccount(): Promise<TestAccount> {
  const account = await TestAccount.found(founder);
  await account.admit(founder, other, 'desktop');
  return account;
}

describe('Keyring', () => {
  it('opens the same key for every machine', async () => {
    const { state } = await makeAccount();
    const [a, b] = [founder, other].map((device) => Keyring.open(state, device));
    assert.equal(a?.present, 1);
    assert.deepEqual(a?.key(1), b?.key(1));
  });

  it('has the keys of all epochs that objects wait to leave, and of no other', async () => {
    const account = await makeAccount();
    const first = Keyring.open(account.state, founder).key(1);
    await account.commit(founder, [1]);
    await account.rotate(founder);
    await account.rotate(other);
    const ring = Keyring.open(account.state, other);
    assert.equal(ring.present, 3);
    assert.deepEqual(ring.key(1), first);
    assert.equal(ring.key(2).length, 32);
    await account.rekey(founder, [2, 3]);
    const after = Keyring.open(account.state, other);
    assert.throws(() => after.key(2), {
      name: 'RangeError',
      message: 'Cannot use key of epoch 2: it has been replaced',
    });
  });

  it('is refused to a machine that is not of the account or was removed', async () => {
    const account = await makeAccount();
    await account.rotate(founder, [other]);
    for (const stranger of [other, deviceNamed('stranger')])
      assert.throws(
        () => Keyring.open(account.state, stranger),
        refusal('invalid', 'Cannot open epoch 2: it has no key for this machine'),
      );
  });

  it('wipes the keys that it has opened if one before them does not open', async (t) => {
    const account = await makeAccount();
    await account.commit(founder, [1]);
    await account.rotate(founder);
    await account.rotate(other);
    const { state } = account;
    const epochs = state.epochs.map((epoch, index) =>
      index === 1 ? { ...epoch, previousKey: epoch.previousKey.toReversed() } : epoch,
    );
    const opened = t.mock.method(aes256Gcm, 'open');
    assert.throws(
      () => Keyring.open({ ...state, epochs }, founder),
      refusal(
        'invalid',
        'Cannot use key of epoch 1: what ledger entry 3 holds for this machine does not open',
      ),
    );
    const keys = opened.mock.calls.flatMap(({ result }) => result ?? []);
    assert.deepEqual(keys, [new Uint8Array(32), new Uint8Array(32)]);
  });

  it('is wiped with zeros', async () => {
    const { state } = await makeAccount();
    const ring = Keyring.open(state, founder);
    const key = ring.key(1);
    ring.wipe();
    assert.deepEqual(key, new Uint8Array(32));
  });
});
