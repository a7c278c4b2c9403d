import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha256 } from '@orrery/crypto';
import { Machine, makePairWith, temporaryFolder } from '../../testing/machine.ts';
import type { ObjectRef } from '../ledger/entry.ts';
import { Contents, LostObjectError } from './contents.ts';
import { openNewEpoch } from './rotation.ts';
import { readView } from './view.ts';

async function makeMachine(): Promise<Machine> {
  const machine = await Machine.found(temporaryFolder());
  machine.write('one', 'content one');
  machine.write('two', 'content two');
  await machine.sync();
  return machine;
}

/** What the newest commit refers to as `name`, under its original id. */
async function refOf(machine: Machine, name: string): Promise<ObjectRef> {
  const { home, session } = await machine.open();
  const file = (await readView(home, session, () => Contents.open(session))).files.get(name);
  assert.ok(file !== undefined);
  return { id: file.object, hash: file.hash };
}

function lost(code: LostObjectError['code'], message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof LostObjectError && error.code === code && message.test(error.message);
}

describe('Contents', () => {
  it('reads several objects in the order asked, the same one twice', async () => {
    const machine = await makeMachine();
    const [one, two] = [await refOf(machine, 'one'), await refOf(machine, 'two')];
    const contents = await Contents.open((await machine.open()).session);
    const found = await contents.readAll([two, one, two]);
    assert.deepEqual(
      found.map((content) => content instanceof Uint8Array && new TextDecoder().decode(content)),
      ['content two', 'content one', 'content two'],
    );
    assert.equal(found[0], found[2], 'ten thousand names for one object take the room of one');
  });

  it('says which objects are missing, altered or exchanged, and reads the others', async () => {
    const machine = await makeMachine();
    const [one, two] = [await refOf(machine, 'one'), await refOf(machine, 'two')];
    const { objects } = machine.server;
    const contents = await Contents.open((await machine.open()).session);
    const sealed = objects.get(one.id.toHex());
    assert.ok(sealed !== undefined);
    const altered = sealed.slice();
    altered[100] = (altered[100] ?? 0) ^ 1;
    for (const [bytes, code, message] of [
      [undefined, 'missing', /^Cannot read object [0-9a-f]{32}: the server does not have it$/],
      [altered, 'altered', /^Cannot read object [0-9a-f]{32}: the server sent something else$/],
      [objects.get(two.id.toHex()), 'altered', /the server sent something else$/],
      [new Uint8Array(), 'altered', /the server sent something else$/],
    ] as const) {
      if (bytes === undefined) objects.delete(one.id.toHex());
      else objects.set(one.id.toHex(), bytes);
      const [first, second] = await contents.readAll([one, two]);
      assert.ok(lost(code, message)(first), String(first));
      assert.ok(second instanceof Uint8Array);
      await assert.rejects(contents.read(one), lost(code, message));
    }
  });

  it('refuses a content that is not the one that was signed', async () => {
    const machine = await makeMachine();
    const one = await refOf(machine, 'one');
    const contents = await Contents.open((await machine.open()).session);
    await assert.rejects(
      contents.read({ ...one, hash: sha256(new Uint8Array()) }),
      lost('altered', /its content does not have the hash that was signed$/),
    );
  });

  it('asks for nothing that the ledger does not keep', async () => {
    const machine = await makeMachine();
    const contents = await Contents.open((await machine.open()).session);
    machine.server.served.length = 0;
    const unknown = { id: new Uint8Array(16), hash: new Uint8Array(32) };
    await assert.rejects(contents.read(unknown), lost('missing', /does not have it$/));
    assert.deepEqual(machine.server.served, []);
    assert.equal(contents.keeps(unknown.id), false);
  });

  it('finds a content by its first id after any number of rotations', async () => {
    const [laptop, desktop] = await makePairWith({ one: 'content one' });
    const one = await refOf(laptop, 'one');
    for (const machine of [laptop, desktop, laptop]) {
      await openNewEpoch((await machine.open()).session, []);
      await machine.sync();
    }
    assert.equal(laptop.server.objects.has(one.id.toHex()), false);
    const contents = await Contents.open((await desktop.open()).session);
    assert.equal(new TextDecoder().decode(await contents.read(one)), 'content one');
    assert.equal(contents.keeps(one.id), true);
  });

  it('cannot be opened without the rekey map, whose loss it names', async () => {
    const [laptop] = await makePairWith({ one: 'content one' });
    await openNewEpoch((await laptop.open()).session, []);
    await laptop.sync();
    const { session } = await laptop.open();
    assert.ok(session.state.map !== undefined);
    laptop.server.lose(session.state.map.id);
    await assert.rejects(Contents.open(session), lost('missing', /does not have it$/));
  });
});
