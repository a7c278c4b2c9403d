import { encode } from '@orrery/bytes';
import { randomBytes, sha256 } from '@orrery/crypto';
import {
  appendCodec,
  appendedCodec,
  buildAdmit,
  buildEpoch,
  buildGenesis,
  Device,
  headCodec,
  hybridSuite,
  ledgerPageCodec,
  nextPlace,
  objectsCodec,
  presentEpoch,
  proveDevice,
  recordCodec,
  signEntry,
  signToken,
  verifyRecords,
  wantedCodec,
  type Change,
  type LedgerRecord,
  type LedgerState,
  type Suite,
} from '@orrery/vault';
import { send, type Answer } from './http.ts';
import { START, type TestServer } from './test-server.ts';

type Server = Pick<TestServer, 'url' | 'clock'>;

export interface SealedTestObject {
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What a request says other than it should, to see that it is refused. */
export interface Twist {
  readonly device?: Device;
  readonly username?: string;
  readonly machine?: string;
  readonly account?: Uint8Array;
  readonly origin?: string;
  readonly signedMethod?: string;
  readonly signedTarget?: string;
  readonly signedBody?: Uint8Array;
  readonly time?: number;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let count = 0;

/** A name that no other test uses. */
export function newUsername(): string {
  count += 1;
  return `user${count}`;
}

/** A device with just enough of a client to send what the protocol says, or something else. */
export class Machine {
  readonly server: Server;
  readonly device: Device;
  readonly username: string;
  readonly name: string;
  account: Uint8Array;
  state: LedgerState | undefined;
  /** The key of epoch 1 need not be right: the server cannot tell. */
  readonly epochKey = randomBytes(32);

  constructor(server: Server, username: string, name: string, device: Device) {
    this.server = server;
    this.username = username;
    this.name = name;
    this.device = device;
    this.account = new Uint8Array(32);
  }

  /** Founds an account of its own on the server. */
  static async found(
    server: Server,
    suite: Suite = hybridSuite,
    username: string = newUsername(),
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Machine> {
    const machine = new Machine(server, username, 'laptop', Device.generate(suite));
    const genesis = await machine.genesis();
    (await machine.register(genesis, headers)).read(headCodec);
    machine.state = verifyRecords(undefined, [genesis]).state;
    machine.account = machine.state.account;
    return machine;
  }

  genesis(): Promise<LedgerRecord> {
    return buildGenesis(this.device, this.username, this.name, START);
  }

  register(genesis: LedgerRecord, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = encode(recordCodec, genesis);
    return send(`${this.server.url}/v1/accounts`, { method: 'POST', headers, body });
  }

  /** Admits a new machine to the account of this one. */
  async admit(name: string, suite: Suite = hybridSuite): Promise<Machine> {
    const newcomer = new Machine(this.server, this.username, name, Device.generate(suite));
    const proof = await proveDevice(newcomer.device, this.username, name);
    const shown = { name, keys: newcomer.device.keys, proof };
    await this.appendOwn([await buildAdmit(this.present, this.device, this.epochKey, shown, true, START)]);
    newcomer.account = this.account;
    newcomer.state = this.present;
    return newcomer;
  }

  get present(): LedgerState {
    if (this.state === undefined) throw new TypeError('Cannot go on: the machine has no account');
    return this.state;
  }

  sign(change: Change): Promise<LedgerRecord> {
    return signEntry(this.device, nextPlace(this.present), START, change);
  }

  /** A commit whose manifest is the first of the ids. */
  commit(adds: readonly Uint8Array[], drops: readonly Uint8Array[] = []): Promise<LedgerRecord> {
    const [id = new Uint8Array(16)] = adds;
    const manifest = { id, hash: sha256(id) };
    const { epoch } = presentEpoch(this.present);
    return this.sign({ kind: 'commit', epoch, manifest, adds: [...adds], drops: [...drops] });
  }

  remove(...machines: readonly Machine[]): Promise<LedgerRecord> {
    const ids = machines.map(({ device }) => device.id);
    return buildEpoch(this.present, this.device, this.epochKey, ids, START);
  }

  rekeyed(adds: readonly Uint8Array[]): Promise<LedgerRecord> {
    const [manifestId = new Uint8Array(16), mapId = new Uint8Array(16)] = adds;
    const { epoch } = presentEpoch(this.present);
    return this.sign({
      kind: 'rekeyed',
      epoch,
      map: { id: mapId, hash: sha256(mapId) },
      manifest: { id: manifestId, hash: sha256(manifestId) },
      adds: [...adds],
    });
  }

  /** Appends records that must be accepted. */
  async appendOwn(records: readonly LedgerRecord[]): Promise<void> {
    (await this.append(records)).read(appendedCodec);
    this.follow(records);
  }

  /** Takes note of entries that the server has. */
  follow(records: readonly LedgerRecord[]): void {
    this.state = verifyRecords(this.present, records).state;
  }

  /** Uploads and commits new objects of these sizes; the ids. */
  async addObjects(...sizes: readonly number[]): Promise<Uint8Array[]> {
    const objects = sizes.map(makeObject);
    const ids = objects.map(({ id }) => id);
    await this.uploadOwn(objects);
    await this.appendOwn([await this.commit(ids)]);
    return ids;
  }

  async uploadOwn(objects: readonly SealedTestObject[]): Promise<void> {
    const { status, text } = await this.upload(objects);
    if (status !== 204) throw new TypeError(`Cannot upload: ${status} ${text}`);
  }

  ledger(after?: number, twist?: Twist): Promise<Answer> {
    return this.request(
      'GET',
      after === undefined ? '/v1/ledger' : `/v1/ledger?after=${after}`,
      undefined,
      twist,
    );
  }

  async records(): Promise<readonly LedgerRecord[]> {
    return (await this.ledger()).read(ledgerPageCodec).records;
  }

  append(records: readonly LedgerRecord[], twist?: Twist): Promise<Answer> {
    return this.request('POST', '/v1/ledger', encode(appendCodec, [...records]), twist);
  }

  upload(objects: readonly SealedTestObject[], twist?: Twist): Promise<Answer> {
    return this.request('POST', '/v1/objects', encode(objectsCodec, [...objects]), twist);
  }

  download(ids: readonly Uint8Array[], twist?: Twist): Promise<Answer> {
    return this.request('POST', '/v1/objects/read', encode(wantedCodec, [...ids]), twist);
  }

  async request(method: string, target: string, body?: Uint8Array, twist: Twist = {}): Promise<Answer> {
    const token = twist.token ?? (await this.token(method, target, body, twist));
    const headers = { authorization: `Bearer ${token}`, ...twist.headers };
    return send(`${this.server.url}${target}`, { method, headers, ...(body === undefined ? {} : { body }) });
  }

  token(method: string, target: string, body?: Uint8Array, twist: Twist = {}): Promise<string> {
    return signToken(
      twist.device ?? this.device,
      {
        origin: twist.origin ?? this.server.url,
        account: twist.account ?? this.account,
        username: twist.username ?? this.username,
        machine: twist.machine ?? this.name,
      },
      {
        method: twist.signedMethod ?? method,
        target: twist.signedTarget ?? target,
        body: twist.signedBody ?? body ?? new Uint8Array(),
      },
      twist.time ?? this.server.clock.now,
    );
  }
}

export function makeObject(size: number): SealedTestObject {
  return { id: randomBytes(16), bytes: randomBytes(size) };
}
