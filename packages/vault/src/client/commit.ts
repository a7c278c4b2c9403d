import { sha256 } from '@orrery/crypto';
import { nextPlace, signEntry } from '../ledger/build.ts';
import type { ObjectRef } from '../ledger/entry.ts';
import { presentEpoch } from '../ledger/state.ts';
import {
  decodeManifest,
  encodeManifest,
  nextManifest,
  type FileTable,
  type ManifestFile,
} from '../manifest.ts';
import type { SealedObject } from '../object.ts';
import { currentId } from '../rekey-map.ts';
import { unixNow } from './clock.ts';
import type { Contents } from './contents.ts';
import type { Home } from './home.ts';
import type { Session } from './session.ts';
import { writeView, type View } from './view.ts';

/** A file's next version. */
export interface NewVersion {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
  readonly portable: boolean;
  /** Whole Unix seconds. */
  readonly mtime: number;
}

export interface Changes {
  readonly versions: readonly NewVersion[];
  readonly deleted: readonly string[];
  /** Objects, by original id in hex, that this machine saw to hold what the view says: only these serve again. */
  readonly seen: ReadonlySet<string>;
}

/**
 * Commits changes on top of `view`: uploads the objects, then appends the entry.
 * Returns the new view, or undefined if another machine was quicker: then nothing is visible.
 */
export async function commit(
  home: Home,
  session: Session,
  contents: Contents,
  view: View,
  changes: Changes,
): Promise<View | undefined> {
  const { files, sealed } = applyChanges(contents, view, changes);
  const manifest = nextManifest(view.files, files, view.manifest);
  const plaintext = encodeManifest(manifest);
  const object = contents.seal(plaintext);
  await session.remote.putObjects([...sealed, object]);
  const ref: ObjectRef = { id: object.id, hash: sha256(plaintext) };
  const record = await signEntry(session.device, nextPlace(session.state), unixNow(), {
    kind: 'commit',
    epoch: presentEpoch(session.state).epoch,
    manifest: ref,
    adds: [...sealed.map(({ id }) => id), object.id],
    drops: manifest.depth === 0 ? await unreachable(session, contents, files) : [],
  });
  if (!(await session.tryAppend(record))) return undefined;
  const next: View = { files, manifest: { ref, depth: manifest.depth } };
  writeView(home, next);
  return next;
}

function applyChanges(
  contents: Contents,
  view: View,
  changes: Changes,
): { readonly files: FileTable; readonly sealed: readonly SealedObject[] } {
  const files = new Map(view.files);
  const kept = [...view.files.values()].filter(
    ({ object }) => changes.seen.has(object.toHex()) && contents.keeps(object),
  );
  const byHash = new Map(kept.map(({ hash, object }) => [hash.toHex(), object]));
  const sealed: SealedObject[] = [];
  for (const name of changes.deleted) files.delete(name);
  for (const version of changes.versions) {
    const hash = sha256(version.content);
    let object = byHash.get(hash.toHex());
    if (object === undefined) {
      const made = contents.seal(version.content);
      sealed.push(made);
      object = made.id;
      byHash.set(hash.toHex(), object);
    }
    files.set(version.name, toFile(version, hash, object));
  }
  return { files, sealed };
}

function toFile(version: NewVersion, hash: Uint8Array, object: Uint8Array): ManifestFile {
  const { name, content, mode, portable } = version;
  // A clock ahead must not win every later comparison.
  const mtime = BigInt(Math.max(0, Math.min(version.mtime, unixNow())));
  return { name, hash, object, size: content.length, mode, portable, mtime };
}

/**
 * The kept objects that neither `files` nor any manifest since the last full one names: history
 * reaches back to the full manifest before this one, and what is older goes.
 */
async function unreachable(session: Session, contents: Contents, files: FileTable): Promise<Uint8Array[]> {
  const { state } = session;
  const kept = new Set([...files.values()].map((file) => currentId(contents.map, file.object).toHex()));
  if (state.map !== undefined) kept.add(state.map.id.toHex());
  const manifests = await contents.readAll(state.manifests);
  for (const [index, ref] of state.manifests.entries()) {
    kept.add(currentId(contents.map, ref.id).toHex());
    const bytes = manifests[index];
    if (!(bytes instanceof Uint8Array)) return [];
    for (const file of decodeManifest(bytes).files) kept.add(currentId(contents.map, file.object).toHex());
  }
  return [...state.live.keys()].filter((id) => !kept.has(id)).map((id) => Uint8Array.fromHex(id));
}
