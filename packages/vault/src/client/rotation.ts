import { FormatError } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { buildEpoch, nextPlace, signEntry } from '../ledger/build.ts';
import type { LedgerRecord, ObjectRef } from '../ledger/entry.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { isRekeying, presentEpoch, presentMembers, type LedgerState } from '../ledger/state.ts';
import { encodeManifest, fullManifest, type ManifestFile } from '../manifest.ts';
import type { SealedObject } from '../object.ts';
import { encodeRekeyMap } from '../rekey-map.ts';
import { unixNow } from './clock.ts';
import { Contents, LostObjectError } from './contents.ts';
import type { Home } from './home.ts';
import { Keyring } from './keyring.ts';
import type { Session } from './session.ts';
import { lastSeenView, readView, UnreadableViewError, writeView, type View } from './view.ts';

/** Objects that are re-encrypted at a time. */
const BATCH = 256;

/** What a rotation found. */
export interface Rotated {
  readonly resealed: number;
  /** Files whose content the server no longer had, and this machine neither. */
  readonly lost: readonly string[];
  /** Older versions that were lost with it. */
  readonly lostHistory: number;
}

export interface RotationOptions {
  /** The content of a file's version, if this machine has it: replaces what a server has lost. */
  readonly supply: (file: ManifestFile) => Uint8Array | undefined;
  /** If the newest list of files cannot be read, goes on from the last one that this machine has read. */
  readonly fromLastSeen: boolean;
}

/** Opens a new epoch for all present machines, or without `removed` ones. */
export async function openNewEpoch(session: Session, removed: readonly Uint8Array[]): Promise<void> {
  const known = new Set(session.state.members.keys());
  await session.append(() => {
    demandNoNewcomers(session.state, known, removed);
    return signEpoch(session, removed);
  });
}

/** A machine that is being removed must not leave another one behind at the last moment. */
function demandNoNewcomers(
  state: LedgerState,
  known: ReadonlySet<string>,
  removed: readonly Uint8Array[],
): void {
  const leaving = new Set(removed.map((id) => id.toHex()));
  for (const member of presentMembers(state))
    if (!known.has(member.id.toHex()) && leaving.has(member.admitted.by.toHex()))
      throw new Error(
        `Cannot remove the machine: meanwhile it has admitted "${member.name}"; nothing was removed, look again`,
      );
}

async function signEpoch({ state, device }: Session, removed: readonly Uint8Array[]): Promise<LedgerRecord> {
  const gone = removed.filter((id) => state.members.get(id.toHex())?.removed === undefined);
  const keyring = Keyring.open(state, device);
  try {
    return await buildEpoch(state, device, keyring.key(keyring.present), gone, unixNow());
  } finally {
    keyring.wipe();
  }
}

/**
 * Brings an account that is between epochs to rest: a new epoch where a machine left by itself, then
 * every kept object under the present key, then the entry that ends it. Interrupted anywhere, the next
 * call begins again; uploads that no entry names are the server's to collect.
 */
export async function finishRotation(
  home: Home,
  session: Session,
  options: RotationOptions,
): Promise<Rotated | undefined> {
  // One new epoch is enough, whoever opens it.
  while (session.state.departed)
    if (!(await session.tryAppend(await signEpoch(session, [])))) await session.refresh();
  let rotated: Rotated | undefined;
  while (isRekeying(session.state)) {
    const attempt = await tryRekey(home, session, options);
    if (attempt === undefined) await session.refresh();
    else rotated = attempt;
  }
  return rotated;
}

/** One attempt; undefined if another machine was quicker, which also takes away what was to be read. */
async function tryRekey(
  home: Home,
  session: Session,
  options: RotationOptions,
): Promise<Rotated | undefined> {
  try {
    return await rekey(home, session, options);
  } catch (cause) {
    const unreadable = cause instanceof UnreadableViewError || cause instanceof LostObjectError;
    if (!unreadable || (await session.refresh()).length === 0) throw cause;
    return undefined;
  }
}

async function rekey(home: Home, session: Session, options: RotationOptions): Promise<Rotated | undefined> {
  const { state } = session;
  const { contents, view } = await openNewest(home, session, options);
  try {
    const resealed = await reseal(session, contents);
    const missing = await resupply(session, contents, view, resealed, options);
    const { moved, lost } = resealed;
    const manifest = encodeManifest(fullManifest(view.files, view.manifest?.ref));
    const map = encodeRekeyMap(moved);
    const sealed = { manifest: contents.seal(manifest), map: contents.seal(map) };
    await session.remote.putObjects([sealed.manifest, sealed.map]);
    const ref: ObjectRef = { id: sealed.manifest.id, hash: sha256(manifest) };
    const record = await signEntry(session.device, nextPlace(state), unixNow(), {
      kind: 'rekeyed',
      epoch: presentEpoch(state).epoch,
      map: { id: sealed.map.id, hash: sha256(map) },
      manifest: ref,
      adds: [...moved.values(), sealed.manifest.id, sealed.map.id],
    });
    if (!(await session.tryAppend(record))) return undefined;
    writeView(home, { files: view.files, manifest: { ref, depth: 0 } });
    return { resealed: moved.size, lost: missing, lostHistory: Math.max(0, lost.size - missing.length) };
  } finally {
    contents.wipe();
  }
}

async function openNewest(
  home: Home,
  session: Session,
  { fromLastSeen }: RotationOptions,
): Promise<{ readonly contents: Contents; readonly view: View }> {
  // Whoever has no key of the epoch cannot save anything either.
  const bare = Contents.withoutMap(session);
  let contents: Contents | undefined;
  try {
    const opened = await Contents.open(session);
    contents = opened;
    return { contents: opened, view: await readView(home, session, () => Promise.resolve(opened)) };
  } catch (cause) {
    if (!isUnreadable(cause)) throw cause;
    const view = lastSeenView(home);
    // A machine that has read no list yet must not put an empty one in the place of everything.
    if (fromLastSeen && view.manifest !== undefined) return { contents: contents ?? bare, view };
    const why = fromLastSeen ? ', and this machine has not read one before' : '';
    throw new UnreadableViewError(
      `Cannot finish the rotation: the newest list of files cannot be read${why}`,
      { cause },
    );
  }
}

function isUnreadable(cause: unknown): boolean {
  return (
    cause instanceof LostObjectError ||
    cause instanceof LedgerError ||
    cause instanceof FormatError ||
    cause instanceof UnreadableViewError
  );
}

/** What a re-encryption did: new ids by original id, and the original ids of what is not there. */
interface Resealed {
  readonly moved: Map<string, Uint8Array>;
  /** SHA-256 (hex) of what was moved, by original id. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly lost: Set<string>;
}

/** Every kept object but the map, from its old epoch into the present one. */
async function reseal(session: Session, contents: Contents): Promise<Resealed> {
  const { state } = session;
  const map = state.map?.id.toHex();
  const originals = new Map([...contents.map].map(([original, current]) => [current.toHex(), original]));
  const ids = [...state.live.keys()].filter((id) => id !== map);
  const moved = new Map<string, Uint8Array>();
  const hashes = new Map<string, string>();
  const lost = new Set<string>();
  for (let start = 0; start < ids.length; start += BATCH) {
    const batch = ids.slice(start, start + BATCH);
    const plaintexts = await contents.readRaw(batch.map((id) => Uint8Array.fromHex(id)));
    const sealed: SealedObject[] = [];
    for (const [index, id] of batch.entries()) {
      const original = originals.get(id) ?? id;
      const plaintext = plaintexts[index];
      if (!(plaintext instanceof Uint8Array)) {
        lost.add(original);
        continue;
      }
      const object = contents.seal(plaintext);
      sealed.push(object);
      moved.set(original, object.id);
      hashes.set(original, sha256(plaintext).toHex());
    }
    await session.remote.putObjects(sealed);
  }
  return { moved, hashes, lost };
}

/**
 * Uploads again what the server lost and this machine still has. What nobody has stays in the manifest,
 * because a missing content is not a deletion: a machine that has it will give it back.
 * Returns the names that remain without content.
 */
async function resupply(
  session: Session,
  contents: Contents,
  view: View,
  { moved, hashes, lost }: Resealed,
  { supply }: RotationOptions,
): Promise<string[]> {
  const names: string[] = [];
  for (const file of view.files.values()) {
    const original = file.object.toHex();
    // Another content than the manifest signs is as good as none: an earlier rotation may have been a lie.
    if (hashes.get(original) === file.hash.toHex()) continue;
    moved.delete(original);
    const content = supply(file);
    if (content === undefined) {
      names.push(file.name);
      continue;
    }
    const object = contents.seal(content);
    await session.remote.putObjects([object]);
    moved.set(original, object.id);
    lost.delete(original);
  }
  return names;
}
