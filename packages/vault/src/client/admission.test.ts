import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '@orrery/bytes';
import { randomBytes, sha256 } from '@orrery/crypto';
import { MemoryRelay, openRoom, Room, SLOTS_PER_ROLE, type RoomSecrets } from '@orrery/rendezvous';
import { Machine, temporaryFolder } from '../../testing/machine.ts';
import { refusal } from '../../testing/refusal.ts';
import { Device } from '../device/secret.ts';
import { classicSuite, hybridSuite, type Suite } from '../device/suite.ts';
import { findMember } from '../ledger/state.ts';
import {
  admitNewcomer,
  askForAdmission,
  joinLedger,
  makeHello,
  meetNewcomer,
  NotAdmittedError,
  refuseNewcomer,
  type Admission,
} from './admission.ts';

/** A room as of a phrase, without the cost of deriving it. */
function randomSecrets(): RoomSecrets {
  const tokens = (): Uint8Array[] => Array.from({ length: SLOTS_PER_ROLE }, () => randomBytes(32));
  return { id: randomBytes(32), key: randomBytes(32), tokens: { newcomer: tokens(), admitter: tokens() } };
}

/** A newcomer in a room, and who admits it. */
class Scene {
  readonly relay = new MemoryRelay();
  readonly secrets = randomSecrets();
  readonly laptop: Machine;
  readonly device: Device;
  readonly hello: Uint8Array;

  static async make(suite: Suite = hybridSuite, name = 'desktop'): Promise<Scene> {
    const laptop = await Machine.found(temporaryFolder());
    const device = Device.generate(suite);
    return new Scene(laptop, device, await makeHello(device, 'alice', name));
  }

  private constructor(laptop: Machine, device: Device, hello: Uint8Array) {
    this.laptop = laptop;
    this.device = device;
    this.hello = hello;
  }

  /** The newcomer's side, from its beginning as after an interruption. */
  async ask(): Promise<Admission> {
    return askForAdmission(await openRoom(this.relay, this.secrets), this.hello);
  }

  get admitterRoom(): Room {
    return new Room(this.relay, this.secrets, 'admitter');
  }

  /** The admitter's side, likewise. */
  async admit(allowClassic = false, machine = this.laptop): Promise<string> {
    const { session } = await machine.open();
    const room = this.admitterRoom;
    return (await admitNewcomer(session, room, await meetNewcomer(room, 'alice'), allowClassic)).name;
  }

  join(admission: Admission, username = 'alice'): ReturnType<typeof joinLedger> {
    return joinLedger(this.laptop.server.remote(this.device), this.device, username, admission);
  }
}

describe('admission', () => {
  it('lets a newcomer in that knows the room, and it reads the ledger that it was told', async () => {
    const scene = await Scene.make();
    const [admission] = await Promise.all([scene.ask(), scene.admit()]);
    const { state } = await scene.join(admission);
    assert.equal(findMember(state, scene.device.id)?.name, 'desktop');
    assert.deepEqual(admission.genesis, scene.laptop.server.state.account);
  });

  it('is ended by either side after an interruption, and happens once', async () => {
    const scene = await Scene.make();
    await openRoom(scene.relay, scene.secrets).then((room) => room.send(scene.hello));
    // The entry stands, and the answer never reached the room.
    const { server } = scene.laptop;
    server.after = (request) => {
      if (request === 'append') throw new Error('connection reset');
    };
    await assert.rejects(scene.admit(), /connection reset/);
    server.after = () => undefined;
    await scene.admit();
    await scene.admit();
    const [first, second] = [await scene.ask(), await scene.ask()];
    assert.deepEqual(first.entry, second.entry);
    await scene.join(first);
    assert.equal(server.records.length, 2);
  });

  it('happens once when two machines admit the same newcomer at once, and both tell it the same', async () => {
    const scene = await Scene.make();
    const tower = await scene.laptop.admit('tower');
    await openRoom(scene.relay, scene.secrets).then((room) => room.send(scene.hello));
    const { session } = await tower.open();
    const room = scene.admitterRoom;
    const met = await meetNewcomer(room, 'alice');
    // The tower has looked before the laptop admits, and appends after it.
    assert.equal(await scene.admit(), 'laptop');
    assert.equal((await admitNewcomer(session, room, met, false)).name, 'laptop');
    assert.equal(await scene.admit(false, tower), 'laptop');
    await scene.join(await scene.ask());
    assert.equal(scene.laptop.server.records.length, 3);
  });

  it('tells the newcomer that a person said no', async () => {
    const scene = await Scene.make();
    const asking = scene.ask();
    const room = scene.admitterRoom;
    const { bytes } = await meetNewcomer(room, 'alice');
    await refuseNewcomer(
      (await scene.laptop.open()).session,
      room,
      bytes,
      '"laptop" did not admit this machine',
    );
    await assert.rejects(asking, (error) => {
      assert.ok(error instanceof NotAdmittedError);
      assert.equal(error.message, 'Cannot join the account: "laptop" did not admit this machine');
      return true;
    });
    assert.equal(scene.laptop.server.records.length, 1);
  });

  it('needs an allowance for a classic newcomer to a post-quantum account', async () => {
    const scene = await Scene.make(classicSuite);
    const asking = scene.ask();
    await assert.rejects(
      scene.admit(),
      refusal('invalid', 'it admits a machine that is not post-quantum without allowing that'),
    );
    await scene.admit(true);
    await scene.join(await asking);
  });

  it('refuses a name that the account has already', async () => {
    const scene = await Scene.make(hybridSuite, 'LAPTOP');
    await Promise.all([
      openRoom(scene.relay, scene.secrets).then((room) => room.send(scene.hello)),
      assert.rejects(scene.admit(), refusal('invalid', 'the account has a machine named "LAPTOP" already')),
    ]);
  });
});

describe('meetNewcomer', () => {
  async function meet(hello: Uint8Array, username = 'alice'): ReturnType<typeof meetNewcomer> {
    const relay = new MemoryRelay();
    const secrets = randomSecrets();
    const room = await openRoom(relay, secrets);
    await room.send(hello);
    return meetNewcomer(new Room(relay, secrets, 'admitter'), username);
  }
  const device = Device.generate(hybridSuite);

  it('reads the name and keys that the newcomer has signed', async () => {
    const { hello } = await meet(await makeHello(device, 'alice', 'desktop'));
    assert.deepEqual([hello.name, hello.username], ['desktop', 'alice']);
    assert.deepEqual(hello.keys.kem, device.keys.kem);
  });

  it('refuses one that means another account', async () => {
    const hello = await makeHello(device, 'bob', 'desktop');
    await assert.rejects(meet(hello), {
      name: 'FormatError',
      message: 'Cannot admit: the other machine asks for account "bob", this one is of "alice"',
    });
  });

  it('refuses a name that no machine may have', async () => {
    const hello = await makeHello(device, 'alice', 'a\nb');
    await assert.rejects(meet(hello), /machine name "a\nb" is not allowed/);
  });

  it('refuses a proof for another name, and keys that were exchanged on the way', async () => {
    const honest = await makeHello(device, 'alice', 'desktop');
    const named = honest.slice();
    named.set(new TextEncoder().encode('Desktop'), indexOf(named, 'desktop'));
    const other = await makeHello(Device.generate(hybridSuite), 'alice', 'desktop');
    const proof = honest.length - 3500;
    const swapped = new Uint8Array([...other.subarray(0, proof), ...honest.subarray(proof)]);
    for (const hello of [named, swapped])
      await assert.rejects(meet(hello), {
        message: 'Cannot admit: the other machine did not prove that it holds its keys',
      });
  });

  it('refuses keys to which nothing can be sealed, although the newcomer signed them', async () => {
    for (const kem of [new Uint8Array(), device.keys.kem.subarray(1), new Uint8Array(1216).fill(0xff)]) {
      const shown = { signers: device.signers, keys: { ...device.keys, kem } };
      await assert.rejects(meet(await makeHello(shown, 'alice', 'desktop')), {
        name: 'FormatError',
        message: 'Cannot use X-Wing key of a device: not a valid public key',
      });
    }
  });

  it('refuses bytes that are no message', async () => {
    const honest = await makeHello(device, 'alice', 'desktop');
    for (const bytes of [new Uint8Array(), honest.subarray(0, -1), new Uint8Array([...honest, 0])])
      await assert.rejects(meet(bytes), FormatError);
  });
});

describe('askForAdmission', () => {
  it('accepts no answer to another newcomer', async () => {
    const scene = await Scene.make();
    const asking = scene.ask();
    const room = scene.admitterRoom;
    await meetNewcomer(room, 'alice');
    const { session } = await scene.laptop.open();
    await refuseNewcomer(session, room, sha256(new Uint8Array()), 'no');
    await assert.rejects(asking, { message: 'Cannot accept admission: it answers another machine' });
  });
});

describe('joinLedger', () => {
  async function admitted(): Promise<readonly [Scene, Admission]> {
    const scene = await Scene.make();
    const [admission] = await Promise.all([scene.ask(), scene.admit()]);
    return [scene, admission];
  }

  it('accepts no other account than the room named', async () => {
    const [scene, admission] = await admitted();
    const other = await Machine.found(temporaryFolder());
    const genesis = other.server.state.account;
    await assert.rejects(scene.join({ ...admission, genesis }), {
      code: 'fork',
      message:
        /^Cannot join: the server sent account SHA256:.* of "alice", and the other machine named SHA256:/,
    });
    await assert.rejects(scene.join(admission, 'bob'), { code: 'fork', message: /named .* of "bob"$/ });
  });

  it('accepts no entry but the one that admitted exactly its keys', async () => {
    const [scene, admission] = await admitted();
    await assert.rejects(scene.join({ ...admission, entry: admission.genesis }), {
      code: 'invalid',
      message: "Cannot join: the server's ledger does not have the entry that admitted this machine",
    });
  });
});

function indexOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes).indexOf(text);
}
