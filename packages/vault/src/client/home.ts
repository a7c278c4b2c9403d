import { chmodSync, existsSync, lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes, wipe } from '@orrery/crypto';
import {
  checkOwnership,
  DiskError,
  ensurePrivateFolder,
  readRegularFile,
  removeStaleTemporaries,
  writeFileAtomic,
} from '@orrery/disk';
import { Device } from '../device/secret.ts';
import { MAX_BODY_BYTES } from '../limits.ts';
import { readOwn } from './damaged.ts';

/** The files of a home; nothing else belongs there. */
const FILES = {
  account: 'account',
  device: 'device.key',
  nextDevice: 'device.key.next',
  localKey: 'local.key',
  ledger: 'ledger',
  state: 'state',
  view: 'view',
  pending: 'pending',
  reported: 'reported',
  undoing: 'undoing',
} as const;

export type HomeFile = keyof typeof FILES;

/** The files that hold secrets. */
const KEYS: readonly HomeFile[] = ['device', 'nextDevice', 'localKey'];

const FOLDERS = ['folders', 'snapshots'] as const;

/** Largest ledger that is read: about 50,000 entries. */
const MAX_LEDGER_BYTES = 256 * 1024 * 1024;

const PRIVATE = 0o600;

const LOCAL_KEY_LENGTH = 32;

/** The state folder of ssh-sync on this machine: 0700, every file 0600 and written whole. */
export class Home {
  readonly path: string;
  /** The user's home directory, above which no folder is checked. */
  readonly userHome: string | undefined;
  /** False: nothing in it may change, not even by what only saves work. */
  readonly writable: boolean;

  /**
   * Uses `path`, made if missing.
   * @param userHome Folders on the way to it are the system's business; without it all are checked.
   * @throws {UnsafeFileError} if others could write there.
   */
  static open(path: string, userHome?: string): Home {
    ensurePrivateFolder(path, { home: userHome });
    for (const folder of ['', ...FOLDERS]) removeStaleTemporaries(join(path, folder));
    return new Home(path, userHome, true);
  }

  /** Only reads `path`, which need not exist; another process may write there at the same time. */
  static look(path: string, userHome?: string): Home {
    if (existsSync(path)) checkOwnership(path, { home: userHome });
    return new Home(path, userHome, false);
  }

  private constructor(path: string, userHome: string | undefined, writable: boolean) {
    this.path = path;
    this.userHome = userHome;
    this.writable = writable;
  }

  file(name: HomeFile): string {
    return join(this.path, FILES[name]);
  }

  get lock(): string {
    return join(this.path, 'lock');
  }

  /** The folder of that name inside the home. */
  folder(name: (typeof FOLDERS)[number]): string {
    const path = join(this.path, name);
    if (this.writable) ensurePrivateFolder(path, { home: this.path });
    return path;
  }

  has(name: HomeFile): boolean {
    return existsSync(this.file(name));
  }

  /** The file's bytes; undefined if there is none. */
  read(name: HomeFile): Uint8Array | undefined {
    if (!this.has(name)) return undefined;
    return readRegularFile(
      this.file(name),
      name === 'ledger' || name === 'state' ? MAX_LEDGER_BYTES : MAX_BODY_BYTES * 4,
    ).bytes;
  }

  /** @throws {TypeError} for a home that is only looked at. */
  write(name: HomeFile, bytes: Uint8Array): void {
    if (!this.writable) throw new TypeError(`Cannot write "${this.file(name)}": it is only looked at`);
    writeFileAtomic(this.file(name), bytes, { mode: PRIVATE });
  }

  remove(name: HomeFile): void {
    rmSync(this.file(name), { force: true });
  }

  readDevice(name: 'device' | 'nextDevice'): Device | undefined {
    const bytes = this.read(name);
    if (bytes === undefined) return undefined;
    try {
      return readOwn(this.file(name), () => Device.import(bytes));
    } finally {
      wipe(bytes);
    }
  }

  writeDevice(name: 'device' | 'nextDevice', device: Device): void {
    const bytes = device.export();
    try {
      this.write(name, bytes);
    } finally {
      wipe(bytes);
    }
  }

  /** A secret of this home alone, for what it keeps sealed on its own disk: 32 bytes. */
  localKey(): Uint8Array {
    const stored = this.read('localKey');
    if (stored?.length === LOCAL_KEY_LENGTH) return stored;
    if (stored !== undefined)
      throw new DiskError(
        'damaged',
        this.file('localKey'),
        `Cannot use "${this.file('localKey')}": it has ${stored.length} bytes, ${LOCAL_KEY_LENGTH} expected`,
        { hint: 'the snapshots under it are lost to "undo": move the file and the folder "snapshots" away' },
      );
    const made = randomBytes(LOCAL_KEY_LENGTH);
    this.write('localKey', made);
    return made;
  }

  /** The key files that others can read, as paths; where it may write, they are closed (0600) at once. */
  closeKeys(): readonly string[] {
    if (process.platform === 'win32') return [];
    const open = KEYS.map((name) => this.file(name)).filter((path) => {
      const stat = lstatSync(path, { throwIfNoEntry: false });
      return stat?.isFile() === true && (stat.mode & 0o077) !== 0;
    });
    if (this.writable) for (const path of open) chmodSync(path, PRIVATE);
    return open;
  }

  /** Whether anything of a setup is here, whole or not. */
  get isUsed(): boolean {
    return [...Object.values(FILES), ...FOLDERS].some((name) => existsSync(join(this.path, name)));
  }

  /** Removes everything that this program made here, whatever has become of it. */
  clear(): void {
    for (const name of [...Object.values(FILES), ...FOLDERS, 'lock'])
      rmSync(join(this.path, name), { recursive: true, force: true });
  }
}
