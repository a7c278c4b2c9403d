import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { concat, utf8 } from '@orrery/bytes';
import { aes256Gcm, randomBytes, shake256 } from '@orrery/crypto';
import { randomSecrets } from '../testing/random-secrets.ts';
import { roomError } from '../testing/rejection.ts';
import { sealMessage } from './message.ts';
import type { Relay } from './relay.ts';
import { RoomError } from './room-error.ts';
import { Room, openRoom } from './room.ts';
import type { RoomSecrets } from './secrets.ts';
import type { Role } from './slots.ts';

/** How a message is sealed: the room's own way, and two naive ways that show what an attack would gain. */
interface Scheme {
  seal(secrets: RoomSecrets, role: Role, order: number, message: Uint8Array): Uint8Array;
  open(secrets: RoomSecrets, sealed: Uint8Array): Uint8Array;
}

const none = new Uint8Array();

const withoutPlace: Scheme = {
  seal: ({ key }, _role, _order, message) => {
    const nonce = randomBytes(12);
    return concat(nonce, aes256Gcm.seal(key, nonce, message, none));
  },
  open: ({ key }, sealed) => aes256Gcm.open(key, sealed.subarray(0, 12), sealed.subarray(12), none),
};

const withoutTag: Scheme = {
  seal: ({ key }, _role, _order, message) => {
    const nonce = randomBytes(12);
    return concat(nonce, mask(key, nonce, message));
  },
  open: ({ key }, sealed) => mask(key, sealed.subarray(0, 12), sealed.subarray(12)),
};

function mask(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Uint8Array {
  const stream = shake256(concat(key, nonce), 256);
  return bytes.map((byte, index) => byte ^ (stream[index] ?? 0));
}

/** The room, and another one of the same key, so that only the id tells their messages apart. */
const secrets = randomSecrets();
const otherRoom = { ...randomSecrets(), key: secrets.key };

/** What the relay holds when the admitter asks for the first message of the newcomer. */
interface Held {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  readonly ofAdmitter: Uint8Array;
  readonly ofOtherRoom: Uint8Array;
}

function held({ seal }: Pick<Scheme, 'seal'>): Held {
  return {
    first: seal(secrets, 'newcomer', 0, utf8('first of the newcomer')),
    second: seal(secrets, 'newcomer', 1, utf8('second of the newcomer')),
    ofAdmitter: seal(secrets, 'admitter', 0, utf8('first of the admitter')),
    ofOtherRoom: seal(otherRoom, 'newcomer', 0, utf8('first in another room')),
  };
}

const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

const attacks: readonly { name: string; control: Scheme; show: (held: Held) => Uint8Array }[] = [
  { name: 'shows bytes of its own', control: withoutTag, show: () => randomBytes(60) },
  {
    name: 'shows a message with one bit flipped',
    control: withoutTag,
    show: ({ first }) => flip(first, 100),
  },
  { name: 'cuts off the end of a message', control: withoutTag, show: ({ first }) => first.slice(0, -1) },
  { name: 'shows a message without content', control: withoutTag, show: ({ first }) => first.slice(0, 12) },
  { name: 'shows the second message first', control: withoutPlace, show: ({ second }) => second },
  { name: 'reflects the own message', control: withoutPlace, show: ({ ofAdmitter }) => ofAdmitter },
  {
    name: 'replays a message of another room',
    control: withoutPlace,
    show: ({ ofOtherRoom }) => ofOtherRoom,
  },
];

/** A relay that answers every read with what it likes. */
function lyingRelay(answer: () => Uint8Array | undefined): Relay {
  return { open: async () => {}, write: async () => {}, read: async () => answer() };
}

function admitterShown(answer: () => Uint8Array): Room {
  return new Room(lyingRelay(answer), secrets, 'admitter');
}

suite('A relay with full control', () => {
  for (const { name, control, show } of attacks) {
    test(`that ${name} deceives the naive scheme`, () => {
      const accepted = control.open(secrets, show(held(control)));
      assert.notDeepEqual(accepted, utf8('first of the newcomer'));
    });

    test(`that ${name} aborts the room for good`, async () => {
      const own = held({ seal: sealMessage });
      let answer = show(own);
      const room = admitterShown(() => answer);
      await assert.rejects(room.receive(), roomError('unauthentic'));
      answer = own.first;
      await assert.rejects(room.receive(), roomError('closed'));
      await assert.rejects(room.send(utf8('answer')), roomError('closed'));
    });
  }

  test('that shows the message as it was sent is believed', async () => {
    const { first } = held({ seal: sealMessage });
    const room = admitterShown(() => first);
    assert.deepEqual(await room.receive(), utf8('first of the newcomer'));
  });

  test('cannot flip any bit or cut anywhere without being detected', async () => {
    const { first } = held({ seal: sealMessage });
    const altered = [
      ...Array.from({ length: first.length * 8 }, (_, bit) => flip(first, bit)),
      ...Array.from({ length: first.length }, (_, length) => first.slice(0, length)),
      concat(first, new Uint8Array(1)),
    ];
    for (const answer of altered) {
      const room = admitterShown(() => answer);
      await assert.rejects(room.receive(), roomError('unauthentic'));
    }
  });

  test('that shows the first message again as the second aborts the room', async () => {
    const { first } = held({ seal: sealMessage });
    const room = admitterShown(() => first);
    await room.receive();
    await assert.rejects(room.receive(), roomError('unauthentic'));
  });

  test('cannot make Room.send believe that a message went out which did not', async () => {
    const { first, ofOtherRoom } = held({ seal: sealMessage });
    const answers = [
      [undefined, 'taken'],
      [first, 'taken'],
      [ofOtherRoom, 'unauthentic'],
    ] as const;
    for (const [answer, code] of answers) {
      const relay: Relay = {
        ...lyingRelay(() => answer),
        write: async () => {
          throw new RoomError('taken');
        },
      };
      await assert.rejects(new Room(relay, secrets, 'newcomer').send(utf8('not sent')), roomError(code));
    }
  });

  test('sees neither the key, nor the messages, nor a token of a slot not yet written', async () => {
    const seen: Uint8Array[] = [];
    const relay: Relay = {
      open: async (id, { newcomer, admitter }) => void seen.push(id, ...newcomer, ...admitter),
      write: async (id, _role, _slot, token, message) => void seen.push(id, token, message),
      read: async (id) => void seen.push(id),
    };
    await (await openRoom(relay, secrets)).send(utf8('keys of the newcomer'));
    const all = concat(...seen).toHex();
    const { newcomer, admitter } = secrets.tokens;
    const kept = [secrets.key, ...newcomer.slice(1), ...admitter, utf8('keys of the newcomer')];
    assert.ok(all.includes(newcomer[0]?.toHex() ?? 'missing'));
    for (const secret of kept) assert.ok(!all.includes(secret.toHex()));
  });
});
