import { decode, encode, FormatError, list, literal, raw, string, struct, text } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { DiskError, readRegularFile, statRegularFile, writeFileAtomic } from '@orrery/disk';
import type { Home } from '../client/home.ts';
import { MAX_FILE_BYTES, MAX_FILES } from '../limits.ts';
import { folderFile } from './folder-state.ts';

const LABEL = 'orrery/vault/1/merge-bases-file';
const MAX_BYTES = 64 * 1024 * 1024;

const basesCodec = struct({
  label: literal(LABEL),
  files: list(struct({ name: text(255), hash: raw(32), content: string(MAX_FILE_BYTES) }), MAX_FILES),
});

/** The common versions of files that are merged, as a merge needs them: by name and hash (hex). */
export class MergeBases {
  readonly #path: string;
  #files: Map<string, { readonly hash: string; readonly content: Uint8Array }>;

  /** Those of a folder; none if the file is missing or damaged: a merge then keeps the lines of both sides. */
  static read(home: Home, folder: string): MergeBases {
    const path = `${folderFile(home, folder)}.bases`;
    if (statRegularFile(path) === undefined) return new MergeBases(path, []);
    try {
      return new MergeBases(path, decode(basesCodec, readRegularFile(path, MAX_BYTES).bytes).files);
    } catch (cause) {
      if (cause instanceof FormatError || cause instanceof DiskError) return new MergeBases(path, []);
      throw cause;
    }
  }

  private constructor(
    path: string,
    files: readonly { name: string; hash: Uint8Array; content: Uint8Array }[],
  ) {
    this.#path = path;
    this.#files = new Map(files.map(({ name, hash, content }) => [name, { hash: hash.toHex(), content }]));
  }

  get(name: string, hash: string): Uint8Array | undefined {
    const file = this.#files.get(name);
    return file?.hash === hash ? file.content : undefined;
  }

  /** Replaces the common versions; written only if something is new. */
  replace(
    files: ReadonlyMap<string, { readonly hash: string; readonly content: () => Uint8Array | undefined }>,
  ): void {
    const changed =
      files.size !== this.#files.size || [...files].some(([name, { hash }]) => !this.#has(name, hash));
    if (!changed) return;
    const next = new Map<string, { readonly hash: string; readonly content: Uint8Array }>();
    for (const [name, { hash, content }] of files) {
      const bytes = this.get(name, hash) ?? content();
      // What stands in the folder by now may be another version.
      if (bytes !== undefined && sha256(bytes).toHex() === hash) next.set(name, { hash, content: bytes });
    }
    this.#files = next;
    const stored = [...next].map(([name, { hash, content }]) => ({
      name,
      hash: Uint8Array.fromHex(hash),
      content,
    }));
    writeFileAtomic(this.#path, encode(basesCodec, { label: LABEL, files: stored }), { mode: 0o600 });
  }

  #has(name: string, hash: string): boolean {
    return this.#files.get(name)?.hash === hash;
  }
}
