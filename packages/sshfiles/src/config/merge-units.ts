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

export type Report = (disagreement: Disagreement) => void;

/** Merges the blocks of three versions of a config; `report` is told what both sides changed. */
export function mergeUnits(versions: Versions<readonly Unit[]>, report: Report): Unit[] {
  const { items, disordered } = mergeSequence(versions, {
    name: (unit) => (unit.head === undefined ? '' : canonicalText(unit.head)),
    text: unitMeaning,
    rank: (unit) => headRank(unit.head),
    merge: (shared) => mergeUnit(shared, report),
    onKept: (unit, side) => reportKept(blockName(unit.head), blockName(unit.head), side, report),
  });
  if (disordered) {
    const order = (units: readonly Unit[]): string => units.map((unit) => blockName(unit.head)).join('; ');
    const [winner, loser] = [order(versions.winner), order(versions.loser)];
    report({ where: 'order of the blocks', winner, loser, kept: 'winner' });
  }
  return items;
}

function mergeUnit({ base, winner, loser }: Shared<Unit>, report: Report): Unit {
  const where = blockName(winner.head);
  const heads = winner.head && loser.head && { base: base?.head, winner: winner.head, loser: loser.head };
  return {
    lead: mergePlain({ base: base?.lead ?? [], winner: winner.lead, loser: loser.lead }),
    head: heads && mergeDirective(heads, where, report),
    items: mergeItems({ base: base?.items ?? [], winner: winner.items, loser: loser.items }, where, report),
    tail: mergePlain({ base: base?.tail ?? [], winner: winner.tail, loser: loser.tail }),
  };
}

function mergeItems(versions: Versions<readonly Item[]>, where: string, report: Report): Item[] {
  return mergeSequence(versions, {
    name: ({ line }) => (isSingleValued(line.keyword) ? line.keyword : canonicalText(line)),
    text: itemMeaning,
    rank: () => 0,
    merge: ({ base, winner, loser }) => ({
      lead: mergePlain({ base: base?.lead ?? [], winner: winner.lead, loser: loser.lead }),
      line: mergeDirective({ base: base?.line, winner: winner.line, loser: loser.line }, where, report),
    }),
    onKept: ({ line }, side) => reportKept(where, lineText(line), side, report),
  }).items;
}

/** Comments and blank lines: both sides' additions are kept and nobody is asked. */
function mergePlain(versions: Versions<readonly PlainLine[]>): PlainLine[] {
  return mergeSequence(versions, {
    name: plainText,
    text: plainText,
    rank: () => 0,
    merge: changedSide,
    onKept: () => {},
  }).items;
}

function mergeDirective(shared: Shared<Directive>, where: string, report: Report): Directive {
  const { base, winner, loser } = shared;
  const [before, first, second] = [base && canonicalText(base), canonicalText(winner), canonicalText(loser)];
  if (first === second || winner.source === base?.source || loser.source === base?.source)
    return changedSide(shared);
  if (first === before) return loser;
  if (second !== before) report({ where, winner: lineText(winner), loser: lineText(loser), kept: 'winner' });
  return winner;
}

/** The loser's spelling if only the loser changed it. */
function changedSide<T extends { readonly source: string }>({ base, winner, loser }: Shared<T>): T {
  return winner.source === base?.source ? loser : winner;
}

function reportKept(where: string, text: string, kept: 'winner' | 'loser', report: Report): void {
  const [winner, loser] = kept === 'winner' ? [text, ''] : ['', text];
  report({ where, winner, loser, kept, note: 'changed on one side, deleted on the other' });
}

function blockName(head: Directive | undefined): string {
  return head === undefined ? 'every host' : lineText(head);
}
