import { utf8 } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import {
  Contents,
  nextPlace,
  presentEpoch,
  readView,
  signEntry,
  type Change,
  type Client,
  type LedgerRecord,
} from '@orrery/vault';
import { encodeManifest, nextManifest, type ManifestFile } from '../../../packages/vault/src/manifest.ts';
import type { SealedObject } from '../../../packages/vault/src/object.ts';

/** A file that a compromised machine commits; what it does not say is said truly. */
export interface Planted extends Partial<Omit<ManifestFile, 'name'>> {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** A commit that is ready to be sent. */
export interface PreparedCommit {
  readonly record: LedgerRecord;
  readonly objects: readonly SealedObject[];
}

export interface CommitPlan {
  readonly files?: readonly Planted[];
  readonly deleted?: readonly string[];
  /** Files whose objects it takes out of the account, whatever the list of files says. */
  readonly dropped?: readonly string[];
  /** Unix seconds, as its entry says. */
  readonly time?: number;
  /** What becomes of the bytes of the list of files before they are sealed and signed. */
  readonly bend?: (manifest: Uint8Array) => Uint8Array;
}

/** Makes a commit as an admitted machine can: properly signed and sealed, with whatever files it likes. */
export async function prepareCommit(
  { home, session }: Client,
  { files = [], deleted = [], dropped = [], time = unixNow(), bend = (bytes) => bytes }: CommitPlan,
): Promise<PreparedCommit> {
  const contents = await Contents.open(session);
  const view = await readView(home, session, () => Promise.resolve(contents));
  const after = new Map(view.files);
  // One content given for several names is one object.
  const sealedOf = new Map<Planted['content'], SealedObject>();
  for (const name of deleted) after.delete(name);
  for (const { content, ...said } of files) {
    const bytes = typeof content === 'string' ? utf8(content) : content;
    const sealed = sealedOf.get(content) ?? contents.seal(bytes);
    sealedOf.set(content, sealed);
    const honest = { hash: sha256(bytes), object: sealed.id, size: bytes.length, mode: 0o600 };
    after.set(said.name, { ...honest, portable: false, mtime: BigInt(unixNow()), ...said });
  }
  const manifest = bend(encodeManifest(nextManifest(view.files, after, view.manifest)));
  const sealed = contents.seal(manifest);
  const objects = [...sealedOf.values(), sealed];
  const record = await signEntry(session.device, nextPlace(session.state), time, {
    kind: 'commit',
    epoch: presentEpoch(session.state).epoch,
    manifest: { id: sealed.id, hash: sha256(manifest) },
    adds: objects.map(({ id }) => id),
    drops: dropped.flatMap((name) => view.files.get(name)?.object ?? []),
  });
  return { record, objects };
}

/** Commits whatever it likes. */
export async function plant(client: Client, plan: CommitPlan): Promise<void> {
  const { record, objects } = await prepareCommit(client, plan);
  await client.session.remote.putObjects(objects);
  if (!(await client.session.tryAppend(record))) throw new Error('Cannot plant: another machine was quicker');
}

/** Signs any change as the next entry and appends it. */
export async function appendAs({ session }: Client, change: Change, time = unixNow()): Promise<void> {
  const record = await signEntry(session.device, nextPlace(session.state), time, change);
  if (!(await session.tryAppend(record))) throw new Error('Cannot append: another machine was quicker');
}

/** All records of the account, oldest first. */
export function recordsOf({ session }: Client): readonly LedgerRecord[] {
  return session.history().map(({ record }) => record);
}

export function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}
