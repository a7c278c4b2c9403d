import { MAX_HANDLES } from './limits.ts';
import type { OpenFile, OpenFolder } from './file-system.ts';
import { SftpError } from './status.ts';

export interface FileHandle {
  readonly kind: 'file';
  readonly file: OpenFile;
  readonly path: Uint8Array;
  bytesRead: number;
  bytesWritten: number;
}

export interface FolderHandle {
  readonly kind: 'folder';
  readonly folder: OpenFolder;
  readonly path: Uint8Array;
}

export type Handle = FileHandle | FolderHandle;

/** Bytes of a handle on the wire. */
const LENGTH = 4;

/** What one client has open. A number is not used again, so that an old handle never means another file. */
export class Handles {
  readonly #open = new Map<number, Handle>();
  #next = 0;

  /** The handle as the client will name it. */
  add(handle: Handle): Uint8Array {
    const id = this.#next++;
    this.#open.set(id, handle);
    const bytes = new Uint8Array(LENGTH);
    new DataView(bytes.buffer).setUint32(0, id);
    return bytes;
  }

  /** Whether one more may be opened. */
  get hasRoom(): boolean {
    return this.#open.size < MAX_HANDLES && this.#next < 0xffff_ffff;
  }

  get(bytes: Uint8Array): Handle | undefined {
    if (bytes.length !== LENGTH) return undefined;
    return this.#open.get(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  }

  /** @throws {SftpError} failure, as OpenSSH's server says it. */
  file(bytes: Uint8Array): FileHandle {
    const handle = this.get(bytes);
    if (handle?.kind !== 'file') throw new SftpError('failure');
    return handle;
  }

  /** @throws {SftpError} failure. */
  folder(bytes: Uint8Array): FolderHandle {
    const handle = this.get(bytes);
    if (handle?.kind !== 'folder') throw new SftpError('failure');
    return handle;
  }

  /** Takes one out. @throws {SftpError} no such file. */
  remove(bytes: Uint8Array): Handle {
    const handle = this.get(bytes);
    if (handle === undefined) throw new SftpError('noSuchFile');
    this.#open.delete(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    return handle;
  }

  /** Takes all out. */
  clear(): Handle[] {
    const handles = [...this.#open.values()];
    this.#open.clear();
    return handles;
  }
}
