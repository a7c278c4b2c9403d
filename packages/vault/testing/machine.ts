import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Client } from '../src/client/client.ts';
import { Home } from '../src/client/home.ts';
import { Keyring } from '../src/client/keyring.ts';
import { LocalLedger } from '../src/client/local-ledger.ts';
import { readWholeLedger } from '../src/client/admission.ts';
import { finishRotation, type RotationOptions } from '../src/client/rotation.ts';
import { Session } from '../src/client/session.ts';
import { complete } from '../src/client/setup.ts';
import { readAccount } from '../src/client/account.ts';
import { Device } from '../src/device/secret.ts';
import { hybridSuite, type Suite } from '../src/device/suite.ts';
import { buildAdmit, buildGenesis, proveDevice } from '../src/ledger/build.ts';
import { verifyRecords } from '../src/ledger/verify.ts';
import type { Place } from '../src/sync/place.ts';
import type { Report, SyncHost, SyncOptions } from '../src/sync/report.ts';
import { syncFolder } from '../src/sync/sync.ts';
import { MemoryServer } from './memory-remote.ts';

/** How a file is written; the time is Unix seconds, a minute ago unless given. */
export interface Writing {
  readonly mode?: number;
  readonly mtime?: number;
}

const silent: SyncHost = {
  accept: () => Promise.resolve(false),
  decide: ({ name }) => Promise.reject(new TypeError(`Cannot decide about "${name}": nobody was asked`)),
};

const helpless: RotationOptions = { supply: () => undefined, fromLastSeen: false };

/** A new folder, removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-vault-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A machine with a home directory of its own, whose every command begins from what lies on its disk. */
export class Machine {
  readonly name: string;
  readonly server: MemoryServer;
  readonly home: Home;
  readonly place: Place;

  private constructor(name: string, server: MemoryServer, folder: string) {
    const root = join(folder, name);
    mkdirSync(join(root, '.ssh'), { recursive: true, mode: 0o700 });
    this.name = name;
    this.server = server;
    this.home = Home.open(join(root, '.ssh-sync'), root);
    this.place = { folder: join(root, '.ssh'), home: root, system: join(root, 'etc'), separator: '/' };
  }

  /** The first machine of a new account. */
  static async found(
    folder: string,
    name = 'laptop',
    suite: Suite = hybridSuite,
    server = new MemoryServer(),
  ): Promise<Machine> {
    const machine = new Machine(name, server, folder);
    const device = machine.#makeDevice(suite);
    const genesis = await buildGenesis(device, 'alice', name, unixNow());
    server.found(genesis);
    const { account } = server.state;
    complete(
      machine.home,
      { server: 'memory:', username: 'alice', machine: name, account },
      verifyRecords(undefined, [genesis]),
    );
    return machine;
  }

  /** One more machine of the account, admitted by this one; beside it unless `folder` is given. */
  async admit(
    name: string,
    suite: Suite = hybridSuite,
    folder = join(this.place.home, '..'),
  ): Promise<Machine> {
    const { session, account } = await this.open();
    const newcomer = new Machine(name, this.server, folder);
    const device = newcomer.#makeDevice(suite);
    const proof = await proveDevice(device, 'alice', name);
    await session.append((state) => {
      const keyring = Keyring.open(state, session.device);
      const shown = { name, keys: device.keys, proof };
      return buildAdmit(state, session.device, keyring.key(keyring.present), shown, true, unixNow());
    });
    complete(newcomer.home, { ...account, machine: name }, await readWholeLedger(this.server.remote(device)));
    return newcomer;
  }

  #makeDevice(suite: Suite): Device {
    const device = Device.generate(suite);
    this.home.writeDevice('device', device);
    return device;
  }

  /** What a command begins with. */
  async open(keeps = true): Promise<Client> {
    const client = this.load(keeps);
    await client.session.refresh();
    return client;
  }

  /** The same before it has asked the server. */
  load(keeps = true): Client {
    const device = this.home.readDevice('device');
    const account = readAccount(this.home);
    if (device === undefined || account === undefined) throw new TypeError('Cannot open: not set up');
    const session = new Session(device, this.server.remote(device), LocalLedger.open(this.home), keeps);
    return { home: this.home, account, session };
  }

  /** `ssh-sync sync`, or what the options say. */
  async sync(
    options: Partial<SyncOptions> = {},
    host: Partial<SyncHost> = {},
    rotation: Partial<RotationOptions> = {},
  ): Promise<Report> {
    const client = await this.open(options.dryRun !== true);
    if (options.dryRun !== true)
      await finishRotation(client.home, client.session, { ...helpless, ...rotation });
    const all: SyncOptions = {
      direction: 'both',
      dryRun: false,
      allowDeletions: false,
      include: [],
      ...options,
    };
    return syncFolder(client, this.place, all, { ...silent, ...host });
  }

  path(name: string): string {
    return join(this.place.folder, name);
  }

  write(name: string, content: string | Uint8Array, { mode = 0o600, mtime }: Writing = {}): void {
    writeFileSync(this.path(name), content);
    chmodSync(this.path(name), mode);
    const time = mtime ?? unixNow() - 60;
    utimesSync(this.path(name), time, time);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  stat(name: string): Stats {
    return statSync(this.path(name));
  }

  mode(name: string): number {
    return this.stat(name).mode & 0o777;
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  remove(name: string): void {
    rmSync(this.path(name));
  }

  /** The folder's regular files: their modes and contents, by name. */
  files(): Readonly<Record<string, string>> {
    const entries = readdirSync(this.place.folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    const names = entries.map(({ name }) => name).toSorted();
    return Object.fromEntries(
      names.map((name) => [name, `${this.mode(name).toString(8)} ${this.read(name)}`]),
    );
  }
}

export function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}

/** Two machines of one account. */
export async function makePair(): Promise<readonly [laptop: Machine, desktop: Machine]> {
  const laptop = await Machine.found(temporaryFolder(), 'laptop');
  return [laptop, await laptop.admit('desktop')];
}

/** The same, in step with these files. */
export async function makePairWith(
  files: Readonly<Record<string, string>>,
): Promise<readonly [laptop: Machine, desktop: Machine]> {
  const [laptop, desktop] = await makePair();
  for (const [name, content] of Object.entries(files)) laptop.write(name, content);
  await laptop.sync();
  await desktop.sync({}, { accept: () => Promise.resolve(true) });
  return [laptop, desktop];
}

/** What a report remarks, one line each. */
export function texts({ remarks }: Report): readonly string[] {
  return remarks.map(({ name, kind, text }) => `${kind} ${name}: ${text}`);
}
