import { require } from './ledger-error.ts';
import type { LedgerState } from './state.ts';

type Objects = Pick<LedgerState, 'live' | 'dropped'>;

/** Objects that an entry brings in and puts out, by id in hex. */
export interface ObjectChange {
  /** The epoch that sealed those that come in. */
  readonly epoch: number;
  readonly adds: readonly string[];
  readonly drops: readonly string[];
}

/** `ids` in hex, if none of them was ever named before. */
export function freshIds({ live, dropped }: Objects, ids: readonly Uint8Array[]): string[] {
  const fresh = new Set<string>();
  for (const bytes of ids) {
    const id = bytes.toHex();
    const named = fresh.has(id) || live.has(id) || dropped.has(id);
    require(!named, `it adds object ${id}, which was named before`);
    fresh.add(id);
  }
  return [...fresh];
}

/** `ids` in hex, if each is kept and named once. */
export function keptIds({ live }: Objects, ids: readonly Uint8Array[]): string[] {
  const kept = new Set<string>();
  for (const bytes of ids) {
    const id = bytes.toHex();
    require(live.has(id) && !kept.has(id), `it drops object ${id}, which is not kept`);
    kept.add(id);
  }
  return [...kept];
}

/**
 * Applies one change after the other to the objects of a state. They are copied once, not for each
 * entry, so that a long ledger takes no more time than its length: what it returns is good until the next change.
 */
export function trackObjects(before: Objects): (change: ObjectChange) => Objects {
  let own: { readonly live: Map<string, number>; readonly dropped: Set<string> } | undefined;
  return ({ epoch, adds, drops }) => {
    own ??= { live: new Map(before.live), dropped: new Set(before.dropped) };
    for (const id of drops) {
      own.live.delete(id);
      own.dropped.add(id);
    }
    for (const id of adds) own.live.set(id, epoch);
    return own;
  };
}
