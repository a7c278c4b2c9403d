import { concat, decode, utf8 } from '@orrery/bytes';
import { aes256Gcm, randomBytes } from '@orrery/crypto';
import { foundCodec } from '@orrery/vault';
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { contents } from './stage/folder.ts';
import { concerns, invented, type Lie } from './stage/liar.ts';
import type { Machine } from './stage/machine.ts';
import { alarms, Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();

/** Sealed objects by id, in the order asked. */
type Sent = readonly (readonly [id: string, bytes: Uint8Array])[];

type Given = readonly (readonly [id: string, bytes: Uint8Array | undefined])[];

/** What the server gives of the wanted objects, as `change` would have it. */
function giving(change: (honest: Sent) => Given): Lie {
  return async (asked, honest) => {
    const answer = await honest();
    if (!concerns(asked, 'POST', '/v1/objects/read') || answer.status !== 200) return answer;
    const found = decode(foundCodec, answer.body);
    const sent = found.flatMap(({ id, bytes }) => (bytes ? [[id.toHex(), bytes] as const] : []));
    const lies = change(sent).map(([id, bytes]) => ({ id: Uint8Array.fromHex(id), bytes }));
    return invented(foundCodec, lies);
  };
}

/** Each object as `change` would have it. */
function each(change: (bytes: Uint8Array) => Uint8Array): Lie {
  return giving((honest) => honest.map(([id, bytes]) => [id, change(bytes)]));
}

/** All contents exchanged; a manifest, which is asked for alone, is left as it is. */
const swapped = giving((honest) => honest.map(([id], index) => [id, honest.at(index - 1)?.[1]]));

interface Cast {
  readonly laptop: Machine;
  readonly desktop: Machine;
}

/** Two machines of which the desktop has not yet seen what the laptop changed in two keys of the same size. */
async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_prod', 'the key of production, first\n', { age: 1000 });
  laptop.write('id_test', 'the key of the tests, first\n', { age: 1000 });
  await succeeds(laptop, 'sync');
  await succeeds(desktop, 'sync');
  laptop.write('id_prod', 'the key of production, second\n');
  laptop.write('id_test', 'the key of the tests, second\n');
  await succeeds(laptop, 'sync');
  return { laptop, desktop };
}

/** Demands that the lie is told, that nothing is taken, and that the honest server is believed afterwards. */
async function withstands({ laptop, desktop }: Cast, lie: Lie, says: RegExp): Promise<void> {
  const ran = await stage.liar.during(lie, () =>
    alarms(desktop, ['sync'], { code: 3, says, advises: /nothing was changed|left as (?:it is|they are)/ }),
  );
  assert.doesNotMatch(ran.out, /downloaded$/m);
  await succeeds(desktop, 'sync');
  assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
}

test('blobs that are bound to nothing can be swapped and replayed: the control of what follows', () => {
  const key = randomBytes(32);
  const seal = (text: string): Uint8Array => {
    const nonce = randomBytes(12);
    return concat(nonce, aes256Gcm.seal(key, nonce, utf8(text), new Uint8Array()));
  };
  const open = (blob: Uint8Array | undefined): string => {
    assert.ok(blob !== undefined);
    const opened = aes256Gcm.open(key, blob.subarray(0, 12), blob.subarray(12), new Uint8Array());
    return new TextDecoder().decode(opened);
  };
  const [first, other, second] = ['production, first', 'the tests', 'production, second'].map(seal);
  const server = new Map([['id_prod', second]]);
  server.set('id_prod', other);
  assert.equal(open(server.get('id_prod')), 'the tests');
  server.set('id_prod', first);
  assert.equal(open(server.get('id_prod')), 'production, first');
});

test('blobs that nothing authenticates can be cut, lengthened and changed: the control of what follows', () => {
  const [key, nonce] = [randomBytes(32), randomBytes(16)];
  // In this mode to seal is to open.
  const open = (blob: Uint8Array): string =>
    createCipheriv('aes-256-ctr', key, nonce).update(blob).toString();
  const sealed = createCipheriv('aes-256-ctr', key, nonce).update(utf8('Port 22'));
  assert.equal(open(sealed.subarray(0, -1)), 'Port 2');
  assert.equal(open(concat(sealed, new Uint8Array(1))).length, 8);
  const changed = Uint8Array.from(sealed);
  changed[5] = (changed[5] ?? 0) ^ 0x0f;
  assert.equal(open(changed), 'Port =2');
});

test('who deletes what the server does not have loses it: the control of what follows', () => {
  const folder = new Map([
    ['id_prod', 'the only copy'],
    ['id_test', 'another'],
  ]);
  const served = new Map([['id_test', 'another']]);
  for (const name of folder.keys()) if (!served.has(name)) folder.delete(name);
  assert.deepEqual([...folder.keys()], ['id_test']);
});

test('contents that the server exchanged are not taken', async () => {
  await withstands(await cast(), swapped, /id_prod: .*the server sent something else/);
});

test('an older version in the place of a newer one is not taken, also across a rotation', async () => {
  const { laptop, desktop } = await cast();
  const old: Uint8Array[] = [];
  await stage.liar.during(
    giving((honest) => {
      old.push(...honest.map(([, bytes]) => bytes));
      return honest;
    }),
    async () => {
      await succeeds(desktop, 'sync');
      laptop.write('id_prod', 'the key of production, third\n', { age: 10 });
      laptop.write('id_test', 'the key of the tests, third\n', { age: 10 });
      await succeeds(laptop, 'sync');
    },
  );
  const [, ...kept] = old;
  assert.equal(kept.length, 2, 'the manifest and two contents were read');
  const replayed = giving((honest) =>
    honest.length === 1 ? honest : honest.map(([id], index) => [id, kept[index]]),
  );
  await withstands({ laptop, desktop }, replayed, /id_prod: .*the server sent something else/);

  laptop.write('id_prod', 'the key of production, fourth\n', { age: 5 });
  laptop.write('id_test', 'the key of the tests, fourth\n', { age: 5 });
  await succeeds(laptop, 'sync');
  await succeeds(laptop, 'rotate-master-key', '--yes');
  await withstands({ laptop, desktop }, replayed, /id_prod: .*the server sent something else/);
});

test('objects that were cut, lengthened, emptied or changed in one bit are not taken', async () => {
  const actors = await cast();
  const { desktop } = actors;
  const altered: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
    (bytes) => bytes.subarray(0, -1),
    (bytes) => bytes.subarray(1),
    (bytes) => Uint8Array.from([...bytes, 0]),
    () => new Uint8Array(),
    (bytes) => bytes.map((byte, index) => (index === 600 ? byte ^ 1 : byte)),
  ];
  for (const change of altered)
    await stage.liar.during(each(change), () =>
      alarms(desktop, ['sync'], {
        code: 3,
        says: /cannot read object [0-9a-f]{32}: the server sent something else/,
        advises: /hint: nothing was changed; the server does not give back what it was given/,
      }),
    );
  const onlyContents = giving((honest) =>
    honest.length === 1 ? honest : honest.map(([id, bytes]) => [id, bytes.subarray(0, -1)]),
  );
  await withstands(actors, onlyContents, /id_test: .*the server sent something else/);
});

test('objects that the server says not to have are no deletions', async () => {
  const actors = await cast();
  const none = giving((honest) => honest.map(([id]) => [id, undefined]));
  await stage.liar.during(none, () =>
    alarms(actors.desktop, ['sync'], {
      code: 3,
      says: /cannot read object [0-9a-f]{32}: the server does not have it/,
      advises: /hint: nothing was changed; .*sync the machine/,
    }),
  );
  const noContents = giving((honest) =>
    honest.length === 1 ? honest : honest.map(([id]) => [id, undefined]),
  );
  await withstands(actors, noContents, /id_prod: .*the server does not have it/);
});

test('answers that name other objects than were asked for are not taken', async () => {
  const actors = await cast();
  const other = randomBytes(16).toHex();
  const lies: readonly Lie[] = [
    giving((honest) => honest.map(([, bytes]) => [other, bytes])),
    giving((honest) => [...honest, ...honest]),
    giving(() => []),
  ];
  for (const lie of lies)
    await stage.liar.during(lie, () =>
      alarms(actors.desktop, ['sync'], {
        code: 3,
        says: /cannot read objects: the server sent/,
        advises: /hint: nothing was changed; .*ssh-sync server/,
      }),
    );
  await succeeds(actors.desktop, 'sync');
});
