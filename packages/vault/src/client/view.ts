import {
  decode,
  encode,
  equal,
  FormatError,
  list,
  literal,
  nested,
  struct,
  uint32,
  type Value,
} from '@orrery/bytes';
import { objectRefCodec, type ObjectRef } from '../ledger/entry.ts';
import { MAX_FILES } from '../limits.ts';
import { applyManifest, decodeManifest, fileCodec, type FileTable, type Manifest } from '../manifest.ts';
import { originalId } from '../rekey-map.ts';
import type { Contents } from './contents.ts';
import type { Home } from './home.ts';
import type { Session } from './session.ts';

/** The files of the newest commit. */
export interface View {
  readonly files: FileTable;
  /** The manifest that says so, under its original id; undefined before the first commit. */
  readonly manifest: { readonly ref: ObjectRef; readonly depth: number } | undefined;
}

/** The newest list of files cannot be read: what was committed is malformed, or does not continue what was before. */
export class UnreadableViewError extends Error {
  override readonly name = 'UnreadableViewError';
}

const EMPTY: View = { files: new Map(), manifest: undefined };

const storedCodec = struct({
  label: literal('orrery/vault/1/view-file'),
  ref: objectRefCodec,
  depth: uint32,
  files: nested(list(fileCodec, MAX_FILES), 2 ** 24),
});

/**
 * The files of the newest commit, from what this home remembers and the manifests since.
 * @throws {UnreadableViewError} if the manifests do not lead there, {LostObjectError} if one cannot be read.
 */
export async function readView(
  home: Home,
  session: Session,
  contents: () => Promise<Contents>,
): Promise<View> {
  const newest = session.state.manifests.at(-1);
  if (newest === undefined) return EMPTY;
  const known = lastSeenView(home);
  if (known.manifest !== undefined && equal(known.manifest.ref.hash, newest.hash)) return known;
  const view = await walk(session, await contents(), known);
  if (session.keeps) writeView(home, view);
  return view;
}

/** Remembers the view, so that the next run reads no manifest. */
export function writeView(home: Home, view: View): void {
  if (view.manifest === undefined) return;
  const { ref, depth } = view.manifest;
  home.write(
    'view',
    encode(storedCodec, { label: 'orrery/vault/1/view-file', ref, depth, files: [...view.files.values()] }),
  );
}

/** Applies, oldest first, the manifests after the known one or from the newest full one on, whichever are fewer. */
async function walk(session: Session, contents: Contents, known: View): Promise<View> {
  const refs = session.state.manifests;
  const newest = refs.at(-1);
  if (newest === undefined) return EMPTY;
  const from = refs.findLastIndex(
    (ref) => known.manifest !== undefined && equal(ref.hash, known.manifest.ref.hash),
  );
  const head = readManifest(await contents.read(newest));
  const continues = from >= 0 && refs.length - 1 - from <= head.depth;
  const needed = continues ? refs.length - 1 - from : head.depth + 1;
  const before = refs.slice(Math.max(0, refs.length - needed), -1);
  const older = before.length === 0 ? [] : await contents.readAll(before);
  let view = continues ? known : EMPTY;
  const original = (ref: ObjectRef): ObjectRef => ({ ...ref, id: originalId(contents.map, ref.id) });
  for (const [index, ref] of before.entries()) {
    const bytes = older[index];
    if (!(bytes instanceof Uint8Array))
      throw bytes ?? new RangeError('Cannot read manifests: fewer came than asked');
    view = follow(view, readManifest(bytes), original(ref));
  }
  return follow(view, head, original(newest));
}

function readManifest(bytes: Uint8Array): Manifest {
  try {
    return decodeManifest(bytes);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new UnreadableViewError('Cannot read the newest list of files: it is malformed', { cause });
  }
}

function follow(view: View, manifest: Manifest, ref: ObjectRef): View {
  const follows =
    manifest.depth === 0 ||
    (manifest.parent !== undefined &&
      view.manifest !== undefined &&
      equal(manifest.parent.hash, view.manifest.ref.hash) &&
      manifest.depth === view.manifest.depth + 1);
  if (!follows)
    throw new UnreadableViewError(
      'Cannot read the newest list of files: it does not follow the one before it',
    );
  return { files: applyManifest(view.files, manifest), manifest: { ref, depth: manifest.depth } };
}

/** The files of the newest commit that this home has read; none if what was kept is damaged. */
export function lastSeenView(home: Home): View {
  const bytes = home.read('view');
  if (bytes === undefined) return EMPTY;
  try {
    return toView(decode(storedCodec, bytes));
  } catch (cause) {
    if (cause instanceof FormatError) return EMPTY;
    throw cause;
  }
}

function toView({ ref, depth, files }: Value<typeof storedCodec>): View {
  return { files: new Map(files.map((file) => [file.name, file])), manifest: { ref, depth } };
}
