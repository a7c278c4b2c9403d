import { canonicalText } from './canonical.ts';
import type { ConfigBlock, ConfigLine, Directive, PlainLine, SshConfig } from './parse.ts';
import type { ByteString } from './tokens.ts';

/** A directive with the comments and blank lines above it, which travel with it. */
export interface Item {
  readonly lead: readonly PlainLine[];
  readonly line: Directive;
}

/**
 * A block with the comments above its head, its directives, and the comments below them; or, in front of all blocks,
 * what holds for every host; or, behind them, the comments at the end of the file.
 */
export interface Unit {
  readonly place: 'start' | 'block' | 'end';
  readonly lead: readonly PlainLine[];
  readonly head: Directive | undefined;
  readonly items: readonly Item[];
  readonly tail: readonly PlainLine[];
}

/** Cuts a config so that every comment belongs to what follows it. */
export function toUnits(config: SshConfig): Unit[] {
  let lead: readonly PlainLine[] = [];
  const units = config.blocks.map((block, index): Unit => {
    const { items, rest } = toItems(block);
    const cut = endOfTail(rest, config.blocks[index + 1]?.head);
    const place = block.head === undefined ? 'start' : 'block';
    const unit = { place, lead, head: block.head, items, tail: rest.slice(0, cut) } as const;
    lead = rest.slice(cut);
    return unit;
  });
  return [...units, { place: 'end', lead, head: undefined, items: [], tail: [] }];
}

function toItems({ lines }: ConfigBlock): { items: Item[]; rest: PlainLine[] } {
  const items: Item[] = [];
  let lead: PlainLine[] = [];
  for (const line of lines) {
    if (line.kind === 'directive') {
      items.push({ lead, line });
      lead = [];
    } else lead.push(line);
  }
  return { items, rest: lead };
}

/** A comment that is indented deeper than the next head belongs to the block above: often a directive put aside. */
function endOfTail(lines: readonly PlainLine[], next: Directive | undefined): number {
  if (next !== undefined && /^[ \t]/.test(next.source)) return 0;
  return lines.findLastIndex((line) => line.kind === 'comment' && /^[ \t]/.test(line.source)) + 1;
}

export function unitLines(unit: Unit): ConfigLine[] {
  const head = unit.head === undefined ? [] : [unit.head];
  return [...unit.lead, ...head, ...unit.items.flatMap(({ lead, line }) => [...lead, line]), ...unit.tail];
}

/** What a block says: its directives and comments, without blank lines and line ends. */
export function unitMeaning(unit: Unit): ByteString {
  return unitLines(unit).flatMap(meaning).join('\n');
}

export function itemMeaning({ lead, line }: Item): ByteString {
  return [...lead, line].flatMap(meaning).join('\n');
}

export function plainText(line: PlainLine): ByteString {
  return line.source.replace(/\r?\n$/, '');
}

function meaning(line: ConfigLine): ByteString[] {
  if (line.kind === 'directive') return [canonicalText(line)];
  return line.kind === 'blank' ? [] : [plainText(line)];
}
