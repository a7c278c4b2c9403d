// The control of the attack tests: a client of the same protocol that lacks the defences. It takes whatever ledger it
// gets, trusts every name, applies the newest manifest and follows every rotation. What leaves it unharmed proves
// nothing about the real one.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  decodeEntry,
  deviceId,
  entryHash,
  type Client,
  type DeviceKeys,
  type Entry,
  type Remote,
  type Device,
} from '@orrery/vault';
import { unwrapKey, wrapKey } from '../../../packages/vault/src/epoch.ts';
import { applyManifest, decodeManifest, type FileTable } from '../../../packages/vault/src/manifest.ts';
import { openObject, sealObject } from '../../../packages/vault/src/object.ts';

export class Naive {
  readonly #device: Device;
  readonly #remote: Remote;
  /** Where its files are. */
  readonly folder: string;
  readonly members: DeviceKeys[] = [];
  readonly #keys = new Map<number, Uint8Array>();
  readonly #commitments = new Map<number, Uint8Array>();
  readonly #epochOf = new Map<string, number>();
  #account: Uint8Array = new Uint8Array();

  /** A naive client with the keys of a machine and a folder of its own. */
  constructor({ session }: Client, folder: string) {
    this.#device = session.device;
    this.#remote = session.remote;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Writes what the server says are the newest files. */
  async sync(): Promise<void> {
    let files: FileTable = new Map();
    for (const { entry: bytes } of (await this.#remote.ledger(-1)).records) {
      const entry = decodeEntry(bytes);
      if (entry.change.kind === 'genesis') this.#account = entryHash(bytes);
      this.#follow(entry);
      if (entry.change.kind === 'commit')
        files = applyManifest(files, decodeManifest(await this.#read(entry.change.manifest.id)));
    }
    for (const { name, object, mode } of files.values()) {
      const path = join(this.folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, await this.#read(object));
      chmodSync(path, mode);
    }
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** What it uploads of a file. */
  seal(content: Uint8Array): { readonly id: Uint8Array; readonly bytes: Uint8Array } {
    return sealObject({ account: this.#account, ...this.#newest() }, content);
  }

  /** What it wraps, at its next rotation, for one of those that it takes for members. */
  wrapFor(keys: DeviceKeys): Uint8Array {
    const place = { number: 0, previous: new Uint8Array(32) };
    const { epoch, epochKey } = this.#newest();
    return wrapKey(epochKey, epoch, keys, deviceId(keys), place);
  }

  #follow(entry: Entry): void {
    const { change, number, previous } = entry;
    if ('keys' in change) this.members.push(change.keys);
    const place = { number, previous };
    const id = this.#device.id.toHex();
    if (change.kind === 'commit') {
      for (const added of change.adds) this.#epochOf.set(added.toHex(), change.epoch);
    } else if (change.kind === 'admit') {
      const commitment = this.#commitments.get(change.epoch) ?? new Uint8Array();
      if (deviceId(change.keys).toHex() === id)
        this.#keys.set(change.epoch, unwrapKey(change.sealed, change.epoch, commitment, this.#device, place));
    } else if ('epoch' in change && typeof change.epoch === 'object') {
      const { epoch, commitment, wraps } = change.epoch;
      this.#commitments.set(epoch, commitment);
      const wrap = wraps.find(({ device }) => device.toHex() === id);
      if (wrap !== undefined)
        this.#keys.set(epoch, unwrapKey(wrap.sealed, epoch, commitment, this.#device, place));
    }
  }

  async #read(id: Uint8Array): Promise<Uint8Array> {
    const bytes = (await this.#remote.getObjects([id])).get(id.toHex());
    const epoch = this.#epochOf.get(id.toHex()) ?? 0;
    const epochKey = this.#keys.get(epoch);
    if (bytes === undefined || epochKey === undefined) throw new Error('Cannot read: no object or no key');
    return openObject({ account: this.#account, epoch, epochKey }, id, bytes);
  }

  #newest(): { readonly epoch: number; readonly epochKey: Uint8Array } {
    const epoch = Math.max(...this.#keys.keys());
    return { epoch, epochKey: this.#keys.get(epoch) ?? new Uint8Array() };
  }
}
