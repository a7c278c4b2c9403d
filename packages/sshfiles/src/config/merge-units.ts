import { canonicalText, lineText } from './canonical.ts';
import { headRank } from './head.ts';
import type { Versions } from './merge-order.ts';
import { type Shared, mergeSequence } from './merge-sequence.ts';
import type { Directive, PlainLine } from './parse.ts';
import { isSingleValued } from './rules.ts';
import { type Item, type Unit, itemMeaning, plainText, unitMeaning } from './units.ts';

/** Something that both sides changed. */
export interface Disagreement {
  readonly where: string;
  readonly winner: string;
  readonly loser: string;
  readonly kept: 'winner' | 'loser';
  readonly note?: string;
}

/** What a merge finds on its way. */
export interface Findings {
  readonly disagreements: Disagreement[];
  /** Comments that the loser added to something that both sides have. */
  readonly strays: Set<PlainLine>;
}

/** Merges the blocks of three versions of a config. */
export function mergeUnits(versions: Versions<readonly Unit[]>, findings: Findings): Unit[] {
  const { items, disordered } = mergeSequence(versions, {
    name: ({ place, head }) => `${place} ${head === undefined ? '' : canonicalText(head)}`,
    text: unitMeaning,
    rank: (unit) => headRank(unit.head),
    merge: (shared) => mergeUnit(shared, findings),
    onKept: ({ head }, side) => noteKept(blockName(head), blockName(head), side, findings),
  });
  if (disordered) {
    const order = (units: readonly Unit[]): string =>
      units.flatMap(({ head }) => (head === undefined ? [] : lineText(head))).join('; ');
    const [winner, loser] = [order(versions.winner), order(versions.loser)];
    findings.disagreements.push({ where: 'order of the blocks', winner, loser, kept: 'winner' });
  }
  return items;
}

function mergeUnit({ base, winner, loser }: Shared<Unit>, findings: Findings): Unit {
  const where = blockName(winner.head);
  const heads = winner.head && loser.head && { base: base?.head, winner: winner.head, loser: loser.head };
  return {
    place: winner.place,
    lead: mergePlain({ base: base?.lead ?? [], winner: winner.lead, loser: loser.lead }, findings),
    head: heads && mergeDirective(heads, where, findings),
    items: mergeItems({ base: base?.items ?? [], winner: winner.items, loser: loser.items }, where, findings),
    tail: mergePlain({ base: base?.tail ?? [], winner: winner.tail, loser: loser.tail }, findings),
  };
}

function mergeItems(versions: Versions<readonly Item[]>, where: string, findings: Findings): Item[] {
  return mergeSequence(versions, {
    name: ({ line }) => (isSingleValued(line.keyword) ? line.keyword : canonicalText(line)),
    text: itemMeaning,
    rank: () => 0,
    merge: ({ base, winner, loser }) => ({
      lead: mergePlain({ base: base?.lead ?? [], winner: winner.lead, loser: loser.lead }, findings),
      line: mergeDirective({ base: base?.line, winner: winner.line, loser: loser.line }, where, findings),
    }),
    onKept: ({ line }, side) => noteKept(where, lineText(line), side, findings),
  }).items;
}

/** Comments and blank lines: both sides' additions are kept and nobody is asked. */
function mergePlain(versions: Versions<readonly PlainLine[]>, { strays }: Findings): PlainLine[] {
  const known = new Set([...versions.base, ...versions.winner].map(plainText));
  for (const line of versions.loser) {
    if (line.kind === 'comment' && !known.has(plainText(line))) strays.add(line);
  }
  return mergeSequence(versions, {
    name: plainText,
    text: plainText,
    rank: () => 0,
    merge: changedSide,
    onKept: () => {},
  }).items;
}

function mergeDirective(shared: Shared<Directive>, where: string, findings: Findings): Directive {
  const { base, winner, loser } = shared;
  const [before, first, second] = [base && canonicalText(base), canonicalText(winner), canonicalText(loser)];
  if (first === second || winner.source === base?.source || loser.source === base?.source)
    return changedSide(shared);
  if (first === before) return loser;
  if (second !== before) {
    const texts = { winner: lineText(winner), loser: lineText(loser) };
    findings.disagreements.push({ where, ...texts, kept: 'winner' });
  }
  return winner;
}

/** The loser's spelling if only the loser changed it. */
function changedSide<T extends { readonly source: string }>({ base, winner, loser }: Shared<T>): T {
  return winner.source === base?.source ? loser : winner;
}

function noteKept(where: string, text: string, kept: 'winner' | 'loser', findings: Findings): void {
  const [winner, loser] = kept === 'winner' ? [text, ''] : ['', text];
  findings.disagreements.push({
    where,
    winner,
    loser,
    kept,
    note: 'changed on one side, deleted on the other',
  });
}

function blockName(head: Directive | undefined): string {
  return head === undefined ? 'every host' : lineText(head);
}
