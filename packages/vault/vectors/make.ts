// Makes the test vectors anew: node packages/vault/vectors/make.ts. Keys and nonces are random, so that every byte of
// the files changes; an implementation that reads the old files still reads the new ones, and the other way round.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode, fixed, literal, struct, text, utf8 } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { deriveRoom, MemoryRelay, openRoom, Room, type Role } from '@orrery/rendezvous';
import { makeHello } from '../src/client/admission.ts';
import { deviceKeysCodec, fingerprint } from '../src/device/keys.ts';
import { Device } from '../src/device/secret.ts';
import { classicSuite, hybridSuite } from '../src/device/suite.ts';
import { Label } from '../src/labels.ts';
import { decodeEntry, entryHash, recordCodec, type ObjectRef } from '../src/ledger/entry.ts';
import { stateCodec } from '../src/ledger/state-codec.ts';
import { presentEpoch } from '../src/ledger/state.ts';
import {
  encodeManifest,
  fullManifest,
  nextManifest,
  type FileTable,
  type Manifest,
  type ManifestFile,
} from '../src/manifest.ts';
import { sealObject } from '../src/object.ts';
import { encodeRekeyMap, originalId } from '../src/rekey-map.ts';
import { signToken } from '../src/request/token.ts';
import { START, TestAccount, USERNAME } from '../testing/account.ts';

interface ObjectVector {
  readonly what: string;
  readonly id: string;
  readonly epoch: number;
  readonly plaintext: string;
  readonly sealed: string;
}

interface EpochVector {
  readonly epoch: number;
  readonly key: string;
  readonly commitment: string;
}

/** What the files in this folder hold; bytes are hexadecimal. */
export interface Vectors {
  readonly account: {
    readonly username: string;
    readonly devices: readonly {
      readonly name: string;
      readonly suite: string;
      readonly secret: string;
      readonly keys: string;
      readonly id: string;
      readonly fingerprint: string;
    }[];
    readonly records: readonly string[];
    readonly entries: readonly { readonly kind: string; readonly hash: string }[];
    readonly epochs: readonly EpochVector[];
    /** The state after the last entry, as this program keeps it; no part of the protocol. */
    readonly state: string;
  };
  readonly objects: readonly ObjectVector[];
  readonly tokens: readonly {
    readonly device: string;
    readonly origin: string;
    readonly account: string;
    readonly username: string;
    readonly machine: string;
    readonly method: string;
    readonly target: string;
    readonly body: string;
    readonly time: number;
    readonly token: string;
  }[];
  readonly room: {
    readonly phrase: string;
    readonly username: string;
    readonly id: string;
    readonly key: string;
    readonly hello: { readonly plaintext: string; readonly sealed: string };
    readonly answer: { readonly plaintext: string; readonly sealed: string };
  };
}

const phrase = 'abacus drop-down quilt t-shirt yo-yo zoom';

class Story {
  readonly laptop: Device;
  readonly phone = Device.generate(hybridSuite);
  readonly oldBox = Device.generate(classicSuite);
  readonly newBox = Device.generate(hybridSuite);
  readonly account: TestAccount;
  readonly objects: ObjectVector[] = [];
  readonly epochs: EpochVector[] = [];
  #files: FileTable = new Map();
  #manifest: { ref: ObjectRef; depth: number } | undefined;
  #map: ReadonlyMap<string, Uint8Array> = new Map();

  constructor(laptop: Device, account: TestAccount) {
    this.laptop = laptop;
    this.account = account;
  }

  /** Notes the key of the epoch that has just been opened. */
  noteEpoch(holder: Device): void {
    const { epoch, commitment } = presentEpoch(this.account.state);
    this.epochs.push({ epoch, key: this.account.key(holder).toHex(), commitment: commitment.toHex() });
  }

  seal(holder: Device, what: string, plaintext: Uint8Array): Uint8Array {
    const { account, epochs } = this.account.state;
    const epoch = epochs.at(-1)?.epoch ?? 0;
    const { id, bytes } = sealObject({ account, epoch, epochKey: this.account.key(holder) }, plaintext);
    const hex = { id: id.toHex(), plaintext: plaintext.toHex(), sealed: bytes.toHex() };
    this.objects.push({ what, epoch, ...hex });
    return id;
  }

  file(holder: Device, name: string, content: string): ManifestFile {
    const plaintext = utf8(content);
    const object = this.seal(holder, `file ${name}`, plaintext);
    const mtime = BigInt(this.account.time);
    const portable = name === 'config';
    return { name, hash: sha256(plaintext), object, size: plaintext.length, mode: 0o600, portable, mtime };
  }

  async commit(
    author: Device,
    changed: readonly ManifestFile[],
    gone: readonly string[] = [],
  ): Promise<void> {
    const after = new Map(this.#files);
    const dropped = gone.map((name) => this.#present(after.get(name)?.object ?? new Uint8Array()));
    for (const name of gone) after.delete(name);
    for (const file of changed) after.set(file.name, file);
    const manifest = nextManifest(this.#files, after, this.#manifest);
    const ref = this.#sealManifest(author, manifest);
    const { epoch } = presentEpoch(this.account.state);
    const adds = [...changed.map(({ object }) => object), ref.id];
    const change = { kind: 'commit' as const, epoch, manifest: ref, adds, drops: dropped };
    this.account.add(await this.account.sign(author, change));
    this.#files = after;
  }

  /** Seals every kept object but the map anew, and ends the rotation. */
  async rekey(author: Device): Promise<void> {
    const { live, map } = this.account.state;
    const moved = new Map<string, Uint8Array>();
    for (const id of live.keys()) {
      const object = this.objects.find((known) => known.id === id);
      if (object === undefined || id === map?.id.toHex()) continue;
      const original = originalId(this.#map, Uint8Array.fromHex(id)).toHex();
      moved.set(original, this.seal(author, object.what, Uint8Array.fromHex(object.plaintext)));
    }
    const ref = this.#sealManifest(author, fullManifest(this.#files, this.#manifest?.ref));
    const bytes = encodeRekeyMap(moved);
    const mapRef = { id: this.seal(author, 'rekey map', bytes), hash: sha256(bytes) };
    const { epoch } = presentEpoch(this.account.state);
    const adds = [...moved.values(), ref.id, mapRef.id];
    const change = { kind: 'rekeyed' as const, epoch, map: mapRef, manifest: ref, adds };
    this.account.add(await this.account.sign(author, change));
    this.#map = moved;
  }

  #sealManifest(author: Device, manifest: Manifest): ObjectRef {
    const bytes = encodeManifest(manifest);
    const ref = { id: this.seal(author, 'manifest', bytes), hash: sha256(bytes) };
    this.#manifest = { ref, depth: manifest.depth };
    return ref;
  }

  #present(original: Uint8Array): Uint8Array {
    return this.#map.get(original.toHex()) ?? original;
  }
}

/** Every kind of entry, by three machines and one that takes the place of another. */
async function tell(story: Story): Promise<void> {
  const { account, laptop, phone, oldBox, newBox } = story;
  story.noteEpoch(laptop);
  await account.admit(laptop, phone, 'phone');
  await account.admit(phone, oldBox, 'old box', true);
  await account.rotate(phone);
  story.noteEpoch(phone);
  const config = story.file(laptop, 'config', 'Host example\n  User alice\n');
  const key = story.file(laptop, 'id_ed25519.pub', `ssh-ed25519 ${'A'.repeat(2000)} alice\n`);
  await story.commit(laptop, [config, key]);
  await story.commit(oldBox, [story.file(oldBox, 'config', 'Host example\n  User bob\n')]);
  await account.rotate(laptop, [phone]);
  story.noteEpoch(laptop);
  await story.rekey(laptop);
  await story.commit(laptop, [], ['id_ed25519.pub']);
  await account.migrate(oldBox, newBox, 'old box');
  story.noteEpoch(newBox);
  await story.rekey(newBox);
  await account.leave(newBox);
}

async function makeTokens(story: Story): Promise<Vectors['tokens']> {
  const { account, laptop, oldBox } = story;
  const caller = { origin: 'https://sync.example.org', account: account.state.account, username: USERNAME };
  const make = async (device: Device, machine: string, method: string, target: string, body: Uint8Array) => ({
    device: device.id.toHex(),
    origin: caller.origin,
    account: caller.account.toHex(),
    username: USERNAME,
    machine,
    method,
    target,
    body: body.toHex(),
    time: START,
    token: await signToken(device, { ...caller, machine }, { method, target, body }, START),
  });
  return [
    await make(laptop, 'laptop', 'GET', '/v1/ledger?after=3', new Uint8Array()),
    await make(oldBox, 'old box', 'POST', '/v1/objects', utf8('a body')),
  ];
}

/** The messages by which phone was admitted: its own, and the answer of laptop. */
async function makeRoom(story: Story): Promise<Vectors['room']> {
  const { account, phone } = story;
  const secrets = await deriveRoom(phrase, Label.room, USERNAME);
  const relay = new MemoryRelay();
  const newcomer = await openRoom(relay, secrets);
  const admitter = new Room(relay, secrets, 'admitter');
  const hello = await makeHello(phone, USERNAME, 'phone');
  const hash = fixed(32);
  const label = literal(Label.admissionAnswer);
  const answer = encode(struct({ label, genesis: hash, entry: hash, hello: hash, refusal: text(200) }), {
    label: Label.admissionAnswer,
    genesis: account.state.account,
    entry: entryHash(account.records[1]?.entry ?? new Uint8Array()),
    hello: sha256(hello),
    refusal: '',
  });
  await newcomer.send(hello);
  await admitter.send(answer);
  const sealed = async (role: Role): Promise<string> =>
    (await relay.read(secrets.id, role, 0, 0))?.toHex() ?? '';
  return {
    phrase,
    username: USERNAME,
    id: secrets.id.toHex(),
    key: secrets.key.toHex(),
    hello: { plaintext: hello.toHex(), sealed: await sealed('newcomer') },
    answer: { plaintext: answer.toHex(), sealed: await sealed('admitter') },
  };
}

function describeAccount({ account, epochs, ...devices }: Story): Vectors['account'] {
  const named = {
    laptop: devices.laptop,
    phone: devices.phone,
    oldBox: devices.oldBox,
    newBox: devices.newBox,
  };
  return {
    username: USERNAME,
    devices: Object.entries(named).map(([name, device]) => ({
      name,
      suite: device.suite.name,
      secret: device.export().toHex(),
      keys: encode(deviceKeysCodec, device.keys).toHex(),
      id: device.id.toHex(),
      fingerprint: fingerprint(device.id),
    })),
    records: account.records.map((record) => encode(recordCodec, record).toHex()),
    entries: account.records.map(({ entry }) => ({
      kind: decodeEntry(entry).change.kind,
      hash: entryHash(entry).toHex(),
    })),
    epochs,
    state: encode(stateCodec, account.state).toHex(),
  };
}

/** Fresh vectors, each property a file. */
export async function makeVectors(): Promise<Vectors> {
  const laptop = Device.generate(hybridSuite);
  const story = new Story(laptop, await TestAccount.found(laptop));
  await tell(story);
  return {
    account: describeAccount(story),
    objects: story.objects,
    tokens: await makeTokens(story),
    room: await makeRoom(story),
  };
}

if (import.meta.main)
  for (const [name, vectors] of Object.entries(await makeVectors()))
    writeFileSync(join(import.meta.dirname, `${name}.json`), `${JSON.stringify(vectors, null, 2)}\n`);
