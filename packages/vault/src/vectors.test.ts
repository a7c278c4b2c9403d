import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode, encode } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { deriveRoom, MemoryRelay, openRoom, Room } from '@orrery/rendezvous';
import account from '../vectors/account.json' with { type: 'json' };
import objects from '../vectors/objects.json' with { type: 'json' };
import room from '../vectors/room.json' with { type: 'json' };
import tokens from '../vectors/tokens.json' with { type: 'json' };
import { checkVectors } from '../testing/independent.ts';
import { makeVectors, type Vectors } from '../vectors/make.ts';
import { askForAdmission, meetNewcomer } from './client/admission.ts';
import { deviceKeysCodec, fingerprint } from './device/keys.ts';
import { Device } from './device/secret.ts';
import { openPrevious, unwrapKey } from './epoch.ts';
import { encodeEntry, recordCodec } from './ledger/entry.ts';
import { stateCodec } from './ledger/state-codec.ts';
import { presentEpoch, presentMembers } from './ledger/state.ts';
import { verifyRecords } from './ledger/verify.ts';
import { Label } from './labels.ts';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts';
import { openObject } from './object.ts';
import { decodeRekeyMap } from './rekey-map.ts';
import { tokenFitsBody, verifyToken } from './request/token.ts';

const stored: Vectors = { account, objects, tokens, room };
const records = account.records.map((record) => decode(recordCodec, Uint8Array.fromHex(record)));
const devices = account.devices.map(({ secret }) => Device.import(Uint8Array.fromHex(secret)));

function hashOf(name: string): string {
  return sha256(readFileSync(join(import.meta.dirname, '../vectors', `${name}.json`))).toHex();
}

test('the vectors are those that the literals below are about', () => {
  assert.deepEqual(['account', 'objects', 'tokens', 'room'].map(hashOf), [
    '5cf4d3fac187d06918cd1bd29cf9d47d4cc6eb2c0f55e43025fcd39d120336f5',
    '1949b2e173a9693f76515b7e6ffb05602583e9a506fd7f5dfb0df6a656e6f965',
    '80e5e58814e20cebf05eeeb9d019b4c5ac128ef4c8641ce40d3c5223b427ff9d',
    'd133f97372bb1893517b2ebd7d8fc8bbaaefe5797b19fc88b9f1489397004d55',
  ]);
});

test('PROTOCOL.md and node:crypto alone lead to the same results for the vectors', () => {
  checkVectors(stored);
});

test('vectors that are made anew have the same form', async () => {
  const fresh = await makeVectors();
  checkVectors(fresh);
  assert.deepEqual(
    fresh.account.entries.map(({ kind }) => kind),
    account.entries.map(({ kind }) => kind),
  );
  assert.deepEqual(
    fresh.objects.map(({ what, epoch, sealed }) => [what, epoch, sealed.length]),
    objects.map(({ what, epoch, sealed }) => [what, epoch, sealed.length]),
  );
});

test('the devices of the vectors have their keys, ids and fingerprints', () => {
  for (const [index, device] of devices.entries()) {
    const expected = account.devices[index];
    assert.equal(device.suite.name, expected?.suite);
    assert.equal(encode(deviceKeysCodec, device.keys).toHex(), expected?.keys);
    assert.equal(device.id.toHex(), expected?.id);
    assert.equal(fingerprint(device.id), expected?.fingerprint);
    assert.equal(device.export().toHex(), expected?.secret);
  }
  assert.deepEqual(
    devices.map(({ id }) => id.toHex()),
    [
      '7c28b27772f42876e441ea14e33ee627b3bc440f3afdb31b447d78cadf89fe5f',
      'd1df54ab1ed9ef28476811866c6f2128503ca25be962628ea810da899ad7e1d0',
      '0cc8cb763181d3bb9212aa7b656b28fe7ef88f2d3db0ff03488e5691f7253a91',
      '6dff0614aad82b9e1c00c1e18e287f0c469cc406d452fa24dd036f4e752cf089',
    ],
  );
});

test('the ledger of the vectors verifies and leads to its state', () => {
  const { state, entries } = verifyRecords(undefined, records);
  assert.deepEqual(
    entries.map(({ entry }) => entry.change.kind),
    [
      'genesis',
      'admit',
      'admit',
      'rotate',
      'commit',
      'commit',
      'remove',
      'rekeyed',
      'commit',
      'migrate',
      'rekeyed',
      'remove',
    ],
  );
  assert.equal(state.account.toHex(), '48cc9ea8c66c089509a3784c8d3205b79da0828497cbfb9636833328219486f7');
  assert.equal(state.head.hash.toHex(), '746a6fe67fd1629f5fe2762766ef48edf5c5db72a6c02f0172516c2f5af6541a');
  assert.equal(encode(stateCodec, state).toHex(), account.state);
  assert.deepEqual(decode(stateCodec, Uint8Array.fromHex(account.state)), state);
  assert.deepEqual(
    presentMembers(state).map(({ name }) => name),
    ['laptop'],
  );
  assert.equal(state.departed, true);
});

test('entries and records of the vectors are written again as they were read', () => {
  const { entries } = verifyRecords(undefined, records);
  for (const [index, { entry, record }] of entries.entries()) {
    const { label, version, ...rest } = entry;
    assert.deepEqual([label, version], ['orrery/vault/1/entry', 1]);
    assert.deepEqual(encodeEntry(rest), record.entry);
    assert.equal(encode(recordCodec, record).toHex(), account.records[index]);
  }
});

test('every machine of the vectors opens every epoch that it was in, and the key before', () => {
  let opened = 0;
  for (let count = 1; count <= records.length; count++) {
    const { state } = verifyRecords(undefined, records.slice(0, count));
    const { epoch, commitment, place, previousKey } = presentEpoch(state);
    const key = account.epochs[epoch - 1]?.key;
    const before = account.epochs[epoch - 2];
    for (const device of devices) {
      const wrap = state.wraps.get(device.id.toHex());
      if (wrap === undefined) continue;
      const unwrapped = unwrapKey(wrap.sealed, epoch, commitment, device, wrap.place);
      assert.equal(unwrapped.toHex(), key);
      opened++;
      if (before === undefined) continue;
      const expected = Uint8Array.fromHex(before.commitment);
      assert.equal(openPrevious(unwrapped, previousKey, epoch, expected, place).toHex(), before.key);
    }
  }
  assert.equal(opened, 26);
  assert.deepEqual(
    account.epochs.map(({ commitment }) => commitment),
    [
      '5b5e81c698c168003fca80370d9817dad441e60db8895bb0c5f1d6529bbb0015',
      '4ee0342ffe135e04e3d42b6a40515a5fcb85a95fe1823b065483ed45658a1ac9',
      'ec33608840371b3cada374153ad31cb137d07c43a71a89d16b74b5907f0c9be9',
      '4eeedf7131531bffb1f954c25c51e1fb3b69785ada92f208dfa40451502b5fcc',
    ],
  );
});

test('the objects of the vectors open to their contents', () => {
  const { state } = verifyRecords(undefined, records);
  for (const { id, epoch, plaintext, sealed } of objects) {
    const epochKey = Uint8Array.fromHex(account.epochs[epoch - 1]?.key ?? '');
    const context = { account: state.account, epoch, epochKey };
    assert.equal(openObject(context, Uint8Array.fromHex(id), Uint8Array.fromHex(sealed)).toHex(), plaintext);
  }
});

test('the manifests and maps of the vectors name files and objects', () => {
  const contents = objects.map(({ what, plaintext }) => ({ what, bytes: Uint8Array.fromHex(plaintext) }));
  const manifests = contents
    .filter(({ what }) => what === 'manifest')
    .map(({ bytes }) => decodeManifest(bytes));
  for (const manifest of manifests) {
    const bytes = encodeManifest(manifest);
    assert.ok(objects.some(({ plaintext }) => plaintext === bytes.toHex()));
  }
  const describe = ({ depth, files, deleted }: Manifest): string =>
    [depth, ...files.map(({ name }) => `+${name}`), ...deleted.map((name) => `-${name}`)].join(' ');
  const full = '0 +config +id_ed25519.pub';
  const edited = '1 +config';
  const deleted = '1 -id_ed25519.pub';
  const firstRotation = [full, edited, full];
  const secondRotation = [full, edited, full, deleted, '0 +config'];
  assert.deepEqual(manifests.map(describe), [full, edited, ...firstRotation, deleted, ...secondRotation]);
  const maps = contents.filter(({ what }) => what === 'rekey map').map(({ bytes }) => decodeRekeyMap(bytes));
  assert.deepEqual(
    maps.map(({ size }) => size),
    [5, 6],
  );
});

test('the tokens of the vectors are accepted at their time, for their request', () => {
  for (const { token, device: id, origin, method, target, body, time } of tokens) {
    const device = devices.find((known) => known.id.toHex() === id);
    assert.ok(device !== undefined);
    const expected = {
      origins: [origin],
      account: Uint8Array.fromHex(account.entries[0]?.hash ?? ''),
      method,
      target,
    };
    const claims = verifyToken(token, device.keys, expected, time);
    assert.equal(tokenFitsBody(claims, Uint8Array.fromHex(body)), true);
    assert.throws(() => verifyToken(token, device.keys, expected, time + 120), { code: 'clock' });
  }
});

test('the room of the vectors gives newcomer and admitter the messages of each other', async () => {
  const secrets = await deriveRoom(room.phrase, Label.room, room.username);
  assert.deepEqual([secrets.id.toHex(), secrets.key.toHex()], [room.id, room.key]);
  const bytes = (text: string): Uint8Array => Uint8Array.fromHex(text);
  const told = new MemoryRelay();
  await openRoom(told, secrets);
  const [helloToken, answerToken] = [secrets.tokens.newcomer[0], secrets.tokens.admitter[0]];
  assert.ok(helloToken !== undefined && answerToken !== undefined);
  await told.write(secrets.id, 'newcomer', 0, helloToken, bytes(room.hello.sealed));
  const met = await meetNewcomer(new Room(told, secrets, 'admitter'), room.username);
  assert.equal(met.bytes.toHex(), room.hello.plaintext);
  assert.deepEqual([met.hello.name, met.hello.keys], ['phone', devices[1]?.keys]);
  const asked = new MemoryRelay();
  const newcomer = await openRoom(asked, secrets);
  await asked.write(secrets.id, 'admitter', 0, answerToken, bytes(room.answer.sealed));
  const admission = await askForAdmission(newcomer, bytes(room.hello.plaintext));
  assert.deepEqual(
    [admission.genesis.toHex(), admission.entry.toHex()],
    [account.entries[0]?.hash, account.entries[1]?.hash],
  );
});
