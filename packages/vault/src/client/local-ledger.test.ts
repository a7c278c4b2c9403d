import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Machine, temporaryFolder } from '../../testing/machine.ts';
import { DamagedStateError } from './damaged.ts';
import type { Home } from './home.ts';
import { LocalLedger } from './local-ledger.ts';

/** A home whose ledger has a genesis, an admission and two commits. */
async function makeHome(): Promise<Home> {
  const machine = await Machine.found(temporaryFolder());
  await machine.admit('desktop');
  for (const content of ['one', 'two']) {
    machine.write('id', content);
    await machine.sync();
  }
  return machine.home;
}

function headOf(home: Home): number {
  return LocalLedger.open(home).state.head.number;
}

describe('LocalLedger', () => {
  it('is opened from the state file without replaying the entries', async () => {
    const home = await makeHome();
    const ledger = readFileSync(home.file('ledger'));
    writeFileSync(home.file('ledger'), new Uint8Array(ledger.length));
    assert.equal(headOf(home), 3);
  });

  it('is replayed when the state file is missing or cut anywhere, and writes it anew', async () => {
    const home = await makeHome();
    const whole = readFileSync(home.file('state'));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        writeFileSync(home.file('state'), whole.subarray(0, length), { mode: 0o600 });
        assert.equal(headOf(home), 3);
        assert.deepEqual(readFileSync(home.file('state')), whole);
      }),
      { numRuns: 20 },
    );
    home.remove('state');
    assert.equal(headOf(home), 3);
  });

  it('is replayed when the state is that of a shorter ledger, as after a crash between the two writes', async () => {
    const machine = await Machine.found(temporaryFolder());
    const before = readFileSync(machine.home.file('state'));
    await machine.admit('desktop');
    writeFileSync(machine.home.file('state'), before);
    assert.equal(headOf(machine.home), 1);
  });

  it('counts a last entry that a crash cut short as not written, at every length', async () => {
    const home = await makeHome();
    const { size } = statSync(home.file('ledger'));
    const whole = readFileSync(home.file('ledger'));
    home.remove('state');
    truncateSync(home.file('ledger'), size - 1);
    assert.equal(headOf(home), 2);
    const lengthOfThree = Number(readLength(home));
    for (const length of [lengthOfThree, lengthOfThree + 1, lengthOfThree + 3, lengthOfThree + 100]) {
      writeFileSync(home.file('ledger'), whole.subarray(0, length));
      assert.equal(headOf(home), 2);
    }
  });

  it('writes the next entry over such a tail', async () => {
    const machine = await Machine.found(temporaryFolder());
    appendFileSync(machine.home.file('ledger'), Uint8Array.of(0, 0, 1));
    await machine.admit('desktop');
    machine.home.remove('state');
    assert.equal(headOf(machine.home), 1);
  });

  it('says what is wrong with an entry that was damaged in place', async () => {
    const home = await makeHome();
    home.remove('state');
    const bytes = readFileSync(home.file('ledger'));
    const at = bytes.indexOf('alice');
    bytes.write('mlice', at);
    writeFileSync(home.file('ledger'), bytes);
    assert.throws(
      () => LocalLedger.open(home),
      (error) => {
        assert.ok(error instanceof DamagedStateError);
        assert.equal(error.message, `Cannot use "${home.file('ledger')}": it is damaged`);
        assert.ok(error.cause instanceof Error);
        assert.equal(
          error.cause.message,
          'Cannot accept ledger entry 1: it does not follow the entry before it',
        );
        return true;
      },
    );
  });

  it('says so if the file is missing', async () => {
    const home = await makeHome();
    home.remove('ledger');
    home.remove('state');
    assert.throws(() => LocalLedger.open(home), {
      name: 'DamagedStateError',
      message: `Cannot use "${home.file('ledger')}": it is missing`,
    });
  });

  it('says so if the entries behind a whole state file are damaged, once somebody asks for them', async () => {
    const home = await makeHome();
    const { size } = statSync(home.file('ledger'));
    writeFileSync(home.file('ledger'), new Uint8Array(size));
    assert.throws(() => LocalLedger.open(home).history([]), {
      name: 'DamagedStateError',
      message: `Cannot use "${home.file('ledger')}": it is damaged`,
    });
  });
});

/** What the state file says of the ledger's length. */
function readLength(home: Home): bigint {
  const bytes = readFileSync(home.file('state'));
  return bytes.readBigUInt64BE(0);
}
