import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, FormatError } from '@orrery/bytes';
import { objectId, objectRef } from '../../testing/account.ts';
import { oldBox, scene, stranger } from '../../testing/scenes.ts';
import { admissionProof, decodeEntry, encodeEntry, entryHash, recordCodec, type Change } from './entry.ts';

const head = {
  number: 5,
  previous: new Uint8Array(32).fill(1),
  time: 1_800_000_000n,
  device: new Uint8Array(32).fill(2),
};

/** A commit of one object, written by hand. */
const commit = [
  '000000146f72726572792f7661756c742f312f656e747279', // label
  '00000001', // version
  '00000005', // number
  `00000020${'01'.repeat(32)}`, // previous
  '000000006b49d200', // time
  `00000020${'02'.repeat(32)}`, // device
  '00000006636f6d6d6974', // kind
  '00000060', // body
  '00000002', // epoch
  '00000000000000000000000000000007', // manifest: id
  `00000020${entryHash(objectId(7)).toHex()}`, // and hash
  '0000000100000000000000000000000000000007', // adds
  '0000000100000000000000000000000000000003', // drops
].join('');

const change: Change = {
  kind: 'commit',
  epoch: 2,
  manifest: objectRef(7),
  adds: [objectId(7)],
  drops: [objectId(3)],
};

test('encodeEntry writes the fields of a commit one after the other', () => {
  assert.equal(encodeEntry({ ...head, change }).toHex(), commit);
  assert.deepEqual(decodeEntry(Uint8Array.fromHex(commit)), {
    label: 'orrery/vault/1/entry',
    version: 1,
    ...head,
    change,
  });
});

test('entryHash is the SHA-256 of the bytes', () => {
  assert.equal(
    entryHash(new Uint8Array()).toHex(),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('decodeEntry gives back what encodeEntry wrote, for every kind', async () => {
  const { records } = await scene('settled');
  const kinds = new Set<string>();
  for (const { entry } of records) {
    const { label, version, ...rest } = decodeEntry(entry);
    assert.deepEqual([label, version], ['orrery/vault/1/entry', 1]);
    assert.deepEqual(encodeEntry(rest), entry);
    kinds.add(rest.change.kind);
  }
  const epoch = { epoch: 2, commitment: head.device, previousKey: new Uint8Array(60), wraps: [] };
  const more: Change[] = [
    { kind: 'rotate', epoch },
    { kind: 'remove', devices: [head.device], epoch: undefined },
    { kind: 'migrate', keys: stranger.keys, proof: [new Uint8Array(3)], epoch },
  ];
  for (const other of more) {
    assert.deepEqual(decodeEntry(encodeEntry({ ...head, change: other })).change, other);
    kinds.add(other.kind);
  }
  assert.deepEqual([...kinds].toSorted(), [
    'admit',
    'commit',
    'genesis',
    'migrate',
    'rekeyed',
    'remove',
    'rotate',
  ]);
});

test('decodeEntry refuses lists longer than their limit before it reads them', () => {
  const body = commit.indexOf('00000060');
  const drops = commit.length - 40;
  for (const [count, found] of [
    ['00010001', 65_537],
    ['ffffffff', 4_294_967_295],
  ] as const) {
    const hex = `${commit.slice(0, body)}00000050${commit.slice(body + 8, drops)}${count}`;
    assert.throws(() => decodeEntry(Uint8Array.fromHex(hex)), {
      name: 'FormatError',
      message: `Cannot read list at offset 76: found ${found} items, at most 65536 expected`,
    });
  }
});

test('recordCodec refuses an entry longer than 2 MiB, whatever it is', () => {
  const bytes = Uint8Array.fromHex('00200001');
  assert.throws(() => decode(recordCodec, bytes), {
    name: 'FormatError',
    message: 'Cannot read string at offset 0: found 2097153 bytes, at most 2097152 expected',
  });
  assert.throws(() => decode(recordCodec, Uint8Array.fromHex('000000000000000300000000')), FormatError);
});

test('admissionProof binds username, name and keys', () => {
  const bytes = admissionProof('alice', 'old box', oldBox.keys).toHex();
  const keys = [
    '00000004',
    '70323536', // p256
    '0000000100000041',
    oldBox.keys.signing[0]?.toHex(),
    '00000041',
    oldBox.keys.kem.toHex(),
  ].join('');
  assert.equal(
    bytes,
    `00000005616c696365000000076f6c6420626f78000000${(keys.length / 2).toString(16)}${keys}`,
  );
});
