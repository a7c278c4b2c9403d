import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createECDH,
  createHash,
  createPublicKey,
  hkdfSync,
  scryptSync,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { Vectors } from '../vectors/make.ts';

// A second reading of PROTOCOL.md with node:crypto alone: nothing here is imported from the program.

const EMPTY = Buffer.alloc(0);

/** Reads RFC 4251 fields one after the other. */
class Fields {
  #rest: Buffer;

  constructor(bytes: Uint8Array) {
    this.#rest = Buffer.from(bytes);
  }

  raw(length: number): Buffer {
    assert.ok(this.#rest.length >= length);
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  uint32(): number {
    return this.raw(4).readUInt32BE();
  }

  string(): Buffer {
    return this.raw(this.uint32());
  }

  text(): string {
    return this.string().toString();
  }

  strings(): Buffer[] {
    return Array.from({ length: this.uint32() }, () => this.string());
  }

  end(): void {
    assert.equal(this.#rest.length, 0);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
}

/** Opens nonce, ciphertext and tag. */
function open(key: Uint8Array, sealed: Buffer, associatedData: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAAD(associatedData).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

interface Device {
  readonly id: string;
  readonly keys: Buffer;
  readonly signing: readonly Buffer[];
  readonly kem: Buffer;
  readonly secrets: readonly Buffer[];
}

interface Entry {
  readonly bytes: Buffer;
  readonly number: number;
  readonly previous: Buffer;
  readonly device: string;
  readonly kind: string;
  readonly body: Buffer;
}

function readDevice({ secret, keys, id, suite }: Vectors['account']['devices'][number]): Device {
  const fields = new Fields(hex(keys));
  assert.equal(fields.text(), suite);
  const signing = fields.strings();
  const kem = fields.string();
  fields.end();
  assert.equal(sha256(Buffer.concat([string('orrery/vault/1/device-keys'), hex(keys)])).toString('hex'), id);
  const own = new Fields(hex(secret));
  assert.deepEqual([own.text(), own.text()], ['orrery/vault/1/device-secret', suite]);
  const secrets = own.strings();
  own.end();
  return { id, keys: hex(keys), signing, kem, secrets };
}

function readEntry(bytes: Buffer): Entry {
  const fields = new Fields(bytes);
  assert.equal(fields.text(), 'orrery/vault/1/entry');
  assert.equal(fields.uint32(), 1);
  const number = fields.uint32();
  const previous = fields.string();
  fields.raw(8);
  const device = fields.string().toString('hex');
  const kind = fields.text();
  const body = fields.string();
  fields.end();
  return { bytes, number, previous, device, kind, body };
}

function publicKeys({ signing }: Device): KeyObject[] {
  const spki = (prefix: string, key: Buffer): KeyObject =>
    createPublicKey({ key: Buffer.concat([hex(prefix), key]), format: 'der', type: 'spki' });
  const [first = EMPTY, second] = signing;
  if (second === undefined) return [spki('3059301306072a8648ce3d020106082a8648ce3d030107034200', first)];
  return [
    spki('308207b2300b0609608648016503040312038207a100', first),
    spki('302a300506032b6570032100', second),
  ];
}

function isSigned(message: Buffer, key: KeyObject, signature: Buffer): boolean {
  if (key.asymmetricKeyType !== 'ec') return verify(null, message, key, signature);
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** The chain of hashes, and every signature. */
function checkLedger(vectors: Vectors, devices: ReadonlyMap<string, Device>): Entry[] {
  let previous: Buffer = Buffer.alloc(32);
  return vectors.account.records.map((record, index) => {
    const fields = new Fields(hex(record));
    const entry = readEntry(fields.string());
    const signatures = fields.strings();
    fields.end();
    assert.equal(entry.number, index);
    assert.deepEqual(entry.previous, previous);
    previous = sha256(entry.bytes);
    assert.deepEqual(vectors.account.entries[index], { kind: entry.kind, hash: previous.toString('hex') });
    const author = devices.get(entry.device);
    assert.ok(author !== undefined);
    const message = Buffer.concat([string('orrery/vault/1/entry-signature'), string(entry.bytes)]);
    const keys = publicKeys(author);
    assert.equal(signatures.length, keys.length);
    for (const [at, key] of keys.entries()) assert.ok(isSigned(message, key, signatures[at] ?? EMPTY));
    return entry;
  });
}

function place(label: string, { number, previous }: Entry, epoch: number, subject: Uint8Array): Buffer {
  return Buffer.concat([string(label), uint32(number), string(previous), uint32(epoch), string(subject)]);
}

/** Opens a wrap with the P-256 key of a classic device: DHKEM of RFC 9180, section 4.1. */
function unwrap(sealed: Buffer, device: Device, entry: Entry, epoch: number): Buffer {
  const fields = new Fields(sealed);
  const [ciphertext, nonce, key] = [fields.string(), fields.string(), fields.string()];
  fields.end();
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(device.secrets[1] ?? EMPTY);
  const suite = Buffer.concat([Buffer.from('HPKE-v1KEM'), hex('0010')]);
  const secret = Buffer.concat([suite, Buffer.from('eae_prk'), ecdh.computeSecret(ciphertext)]);
  const info = Buffer.concat([hex('0020'), suite, Buffer.from('shared_secret'), ciphertext, device.kem]);
  const bound = place('orrery/vault/1/wrap', entry, epoch, hex(device.id));
  const wrapping = hkdf(hkdf(secret, EMPTY, info), EMPTY, bound);
  return open(wrapping, Buffer.concat([nonce, key]), bound);
}

/** The way of the classic device to the keys of epochs 1 and 2, and from the second to the first. */
function checkEpochs(vectors: Vectors, entries: readonly Entry[], device: Device): void {
  const { epochs } = vectors.account;
  for (const { epoch, key, commitment } of epochs) {
    const info = Buffer.concat([string('orrery/vault/1/epoch-commitment'), uint32(epoch)]);
    assert.equal(hkdf(hex(key), EMPTY, info).toString('hex'), commitment);
  }
  const [first = EMPTY, second = EMPTY] = epochs.map(({ key }) => hex(key));
  const admit = entries.find(({ kind, body }) => kind === 'admit' && body.includes(device.keys));
  const rotate = entries.find(({ kind }) => kind === 'rotate');
  assert.ok(admit !== undefined && rotate !== undefined);
  const admission = new Fields(admit.body);
  admission.string();
  admission.raw(device.keys.length);
  admission.strings();
  assert.deepEqual([admission.raw(1).toString('hex'), admission.uint32()], ['01', 1]);
  assert.deepEqual(unwrap(admission.string(), device, admit, 1), first);
  const rotation = new Fields(rotate.body);
  assert.deepEqual([rotation.uint32(), rotation.string().toString('hex')], [2, epochs[1]?.commitment]);
  const bound = place('orrery/vault/1/previous-epoch', rotate, 2, EMPTY);
  assert.deepEqual(open(hkdf(second, EMPTY, bound), rotation.string(), bound), first);
  const wraps = Array.from({ length: rotation.uint32() }, () => [rotation.string(), rotation.string()]);
  const [, wrap = EMPTY] = wraps.find(([id]) => id?.equals(hex(device.id))) ?? [];
  assert.deepEqual(unwrap(wrap, device, rotate, 2), second);
}

/** Padmé with shifts of integers, at least 1,024. */
function padme(length: number): number {
  if (length < 1024) return 1024;
  const exponent = BigInt(length.toString(2).length - 1);
  const low = exponent - BigInt(exponent.toString(2).length);
  const mask = (1n << low) - 1n;
  return Number((BigInt(length) + mask) & ~mask);
}

function checkObjects({ objects, account }: Vectors, entries: readonly Entry[]): void {
  const genesis = hex(account.entries[0]?.hash ?? '');
  for (const { id, epoch, plaintext, sealed } of objects) {
    const binding = Buffer.concat([string('orrery/vault/1/object'), string(genesis), uint32(epoch), hex(id)]);
    const key = hkdf(hex(account.epochs[epoch - 1]?.key ?? ''), hex(id), binding);
    const opened = open(key, hex(sealed), binding);
    const content = new Fields(opened).string();
    assert.equal(content.toString('hex'), plaintext);
    assert.equal(opened.length, padme(content.length + 4));
    assert.ok(opened.subarray(content.length + 4).every((byte) => byte === 0));
  }
  for (const { kind, body } of entries.filter((entry) => entry.kind === 'commit')) {
    const fields = new Fields(body);
    fields.uint32();
    const id = fields.raw(16).toString('hex');
    const manifest = objects.find((object) => object.id === id);
    assert.deepEqual(fields.string(), sha256(hex(manifest?.plaintext ?? '')), kind);
    assert.equal(new Fields(hex(manifest?.plaintext ?? '')).text(), 'orrery/vault/1/manifest');
  }
}

function checkTokens({ tokens }: Vectors, devices: ReadonlyMap<string, Device>): void {
  for (const { token, time, ...said } of tokens) {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    assert.partialDeepStrictEqual(claims, {
      aud: [said.origin, hex(said.account).toString('base64url')],
      sub: said.device,
      username: said.username,
      machine: said.machine,
      htm: said.method,
      htu: said.target,
      body: sha256(hex(said.body)).toString('base64url'),
      iat: time,
      exp: time + 120,
    });
    const device = devices.get(said.device);
    assert.ok(device !== undefined);
    const alg = device.signing.length === 1 ? 'ES256' : 'ML-DSA-65';
    assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), { alg, typ: 'JWT' });
    const [key] = publicKeys(device);
    assert.ok(key !== undefined);
    assert.ok(isSigned(Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')));
  }
}

function checkRoom({ room, account }: Vectors): void {
  const salt = Buffer.concat(
    ['orrery/rendezvous/1/phrase', 'orrery/vault/1/room', room.username].map(string),
  );
  const secret = scryptSync(room.phrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 });
  const derive = (label: string): Buffer => hkdf(secret, EMPTY, string(`orrery/rendezvous/1/${label}`));
  assert.equal(derive('room-id').toString('hex'), room.id);
  const message = (role: string): Buffer =>
    Buffer.concat([string('orrery/rendezvous/1/message'), hex(room.id), string(role), uint32(0)]);
  const hello = open(derive('room-key'), hex(room.hello.sealed), message('newcomer'));
  const answer = open(derive('room-key'), hex(room.answer.sealed), message('admitter'));
  assert.equal(hello.toString('hex'), room.hello.plaintext);
  const fields = new Fields(answer);
  assert.equal(fields.text(), 'orrery/vault/1/admission-answer');
  assert.equal(fields.string().toString('hex'), account.entries[0]?.hash);
  assert.equal(fields.string().toString('hex'), account.entries[1]?.hash);
  assert.deepEqual(fields.string(), sha256(hello));
  assert.equal(fields.text(), '');
  fields.end();
}

/** Checks all vectors. @throws {AssertionError} */
export function checkVectors(vectors: Vectors): void {
  const devices = vectors.account.devices.map(readDevice);
  const byId = new Map(devices.map((device) => [device.id, device]));
  const entries = checkLedger(vectors, byId);
  const classic = devices.find(({ signing }) => signing.length === 1);
  assert.ok(classic !== undefined);
  checkEpochs(vectors, entries, classic);
  checkObjects(vectors, entries);
  checkTokens(vectors, byId);
  checkRoom(vectors);
}
