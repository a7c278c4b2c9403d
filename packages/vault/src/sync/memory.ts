import { concat, equal } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { removedKnownHosts } from '@orrery/sshfiles';
import type { Client } from '../client/client.ts';
import type { View } from '../client/view.ts';
import { currentContent, type Sorted } from './acceptance.ts';
import type { Applied } from './apply.ts';
import type { Attempt } from './attempt.ts';
import type { Change } from './changes.ts';
import { writeFolderState, type BaseFile } from './folder-state.ts';
import type { MergeBases } from './merge-bases.ts';
import { kindOf, kindsOf } from './references.ts';
import { equalVersion } from './plan.ts';
import { readStored, toSeen } from './scan.ts';

/** What a finished attempt leaves to remember. */
export interface Outcome {
  readonly attempt: Attempt;
  readonly bases: MergeBases;
  readonly sorted: Sorted;
  readonly applied: Applied;
  /** The files of the account as they are now. */
  readonly view: View;
  /** Names whose objects were read and hold what the view says. */
  readonly sound: ReadonlySet<string>;
  readonly former: Uint8Array;
  /** Contents that the server had lost were looked for. */
  readonly checked: boolean;
  /** Names were asked for with `--include`. */
  readonly included: boolean;
  /** False: the arrivals went elsewhere, so the folder is as it was. */
  readonly kept: boolean;
}

/**
 * The known_hosts lines that arrivals are about to remove, after those removed before: a host stays
 * known, so that no two changes in a row slip in a key that one would not.
 */
export function formerHosts(attempt: Attempt, sorted: Sorted): Uint8Array {
  const { former } = attempt.state;
  const known = new Set(linesOf(former));
  const removed = sorted.allowed
    .filter(
      ({ name, toDisk }) => toDisk !== undefined && kindsOf(name, sorted.references).includes('known_hosts'),
    )
    .flatMap(({ name, toDisk }) => {
      const current = currentContent(attempt, name);
      return current === undefined ? [] : linesOf(removedKnownHosts(current, toDisk?.bytes ?? EMPTY));
    })
    .filter((line) => line !== '' && !known.has(line));
  return removed.length === 0 ? former : concat(former, Buffer.from(`${removed.join('\n')}\n`, 'latin1'));
}

/** Each byte one character, so that any line comes back as it was. */
function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('latin1').split('\n');
}

/** Lines whose acceptance is remembered: the newest. */
const MAX_ACCEPTED = 10_000;

const EMPTY = new Uint8Array();

/** Writes down the common versions and what saves work next time. */
export function remember(client: Client, outcome: Outcome): void {
  const { attempt, sorted, applied, former, kept } = outcome;
  const checkedHead = outcome.checked ? client.session.state.head.hash : attempt.state.checkedHead;
  const asBefore = equal(checkedHead ?? EMPTY, attempt.state.checkedHead ?? EMPTY);
  if (!outcome.included && asBefore && isKnown(attempt, sorted)) return;
  const base = baseAfter(outcome);
  const gone = new Set(applied.removed);
  const written = new Map(kept ? applied.written.map((file) => [file.name, file]) : []);
  const still = [...attempt.scan.files.values()].filter(({ name }) => !gone.has(name) && !written.has(name));
  const seen = [...toSeen(still, BigInt(Date.now()) * 1_000_000n), ...toSeen(written.values(), MAX_TIME)];
  const accepted = [...attempt.state.accepted, ...sorted.accepted.map((id) => Uint8Array.fromHex(id))];
  outcome.bases.replace(mergeable(outcome, base));
  writeFolderState(client.home, {
    ...attempt.state,
    base: [...base.values()],
    seen,
    references: kept ? sorted.standing : attempt.references,
    accepted: accepted.slice(-MAX_ACCEPTED),
    former,
    checkedHead,
    withheld: sorted.withheld.map(({ name }) => name),
  });
}

/** Nothing happened, and nothing was found that is not written down already. */
function isKnown({ state, scan, sides }: Attempt, sorted: Sorted): boolean {
  return (
    scan.read === 0 &&
    state.seen.length === scan.files.size &&
    sorted.accepted.length === 0 &&
    sorted.withheld.length === 0 &&
    state.withheld.length === 0 &&
    [...sides.values()].every(
      ({ base, local, remote }) => equalVersion(base, local) && equalVersion(base, remote),
    )
  );
}

/** What was just written is known byte for byte, however young its stamp. */
const MAX_TIME = 2n ** 63n;

function baseAfter(outcome: Outcome): Map<string, BaseFile> {
  const { attempt, sorted, applied, kept } = outcome;
  const base = new Map(attempt.state.base.map((file) => [file.name, file]));
  const written = new Set(applied.written.map(({ name }) => name));
  const removed = new Set(applied.removed);
  for (const change of sorted.allowed) {
    const { name, toDisk, toServer } = change;
    if (!attempt.sides.has(name)) continue;
    if (toDisk === null && kept && removed.has(name)) base.delete(name);
    else if (toDisk !== undefined && toDisk !== null && kept && written.has(name))
      base.set(name, commonVersion(outcome, name, toDisk));
    else if (toDisk === undefined && toServer === null) base.delete(name);
    else if (toDisk === undefined && toServer !== undefined && toServer !== null)
      base.set(name, commonVersion(outcome, name, toServer));
    else if (change.decision.action === 'same') settle(outcome, base, name);
  }
  return base;
}

function settle({ attempt, view, sound }: Outcome, base: Map<string, BaseFile>, name: string): void {
  const local = attempt.scan.files.get(name);
  const object = sound.has(name) ? view.files.get(name)?.object : base.get(name)?.object;
  if (local === undefined) base.delete(name);
  else base.set(name, { name, hash: Uint8Array.fromHex(local.hash), mode: local.mode, object });
}

/** What was read from the server, or sent there, is what its object holds. */
function commonVersion({ view }: Outcome, name: string, content: NonNullable<Change['toServer']>): BaseFile {
  const hash = sha256(content.bytes);
  const file = view.files.get(name);
  const object = file !== undefined && equal(file.hash, hash) ? file.object : undefined;
  return { name, hash, mode: content.mode, object };
}

/** The common versions whose content the next merge will need. */
function mergeable(
  { attempt, sorted }: Outcome,
  base: ReadonlyMap<string, BaseFile>,
): ReadonlyMap<string, { readonly hash: string; readonly content: () => Uint8Array | undefined }> {
  const changes = new Map(sorted.allowed.map((change) => [change.name, change]));
  const merged = [...base.values()].filter(({ name }) =>
    ['config', 'known_hosts'].includes(kindOf(name, sorted.standing)),
  );
  return new Map(
    merged.map(({ name, hash }) => {
      const content = (): Uint8Array | undefined => {
        const change = changes.get(name);
        const known = change?.toDisk ?? change?.toServer;
        if (known) return known.bytes;
        const file = attempt.scan.files.get(name);
        return file === undefined ? undefined : readStored(attempt.place, name, file.portable).content;
      };
      return [name, { hash: hash.toHex(), content }] as const;
    }),
  );
}
