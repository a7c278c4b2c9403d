import { type ConfigBlock, type Directive, demandComparable, parseConfig } from './parse.ts';
import type { FolderPlace } from './place.ts';
import { type Rule, type Value, presentName, ruleFor } from './rules.ts';
import type { ByteString } from './tokens.ts';
import { askAbout, askAboutPlain, identityText, readsAgain, valueOf } from './verdict.ts';

/** A directive of a config as the review sees it. */
export interface Entry {
  /** The block it stands in; a head stands in its own block. */
  readonly head: Directive | undefined;
  readonly line: Directive;
  /** The same line in the same block has the same key. */
  readonly key: ByteString;
  readonly block: ByteString;
  readonly text: ByteString;
  /** Entries of one group override each other; '' for heads. */
  readonly group: ByteString;
  readonly rule: Rule | undefined;
  readonly value: Value;
  /** Why it must be accepted; undefined: harmless. */
  readonly asked: string | undefined;
  readonly protects: boolean;
}

/** A line from which ssh takes nothing, but another reader might. */
export interface OddLine {
  readonly head: Directive | undefined;
  readonly source: ByteString;
  readonly key: ByteString;
  readonly asked: string;
}

export interface Reading {
  readonly entries: readonly Entry[];
  readonly oddLines: readonly OddLine[];
  readonly keys: ReadonlySet<ByteString>;
}

/**
 * Judges every line of a config; undefined is a config without lines.
 *
 * @throws RangeError for more than `maxConfigBytes` or `maxComparedLines`.
 */
export function readEntries(bytes: Uint8Array | undefined, place: FolderPlace): Reading {
  demandComparable(bytes, 'review');
  const { blocks } = parseConfig(bytes ?? new Uint8Array());
  const identities = blockIdentities(blocks);
  const entries = blocks.flatMap((block, index) => blockEntries(block, identities[index] ?? '', place));
  const oddLines = blocks.flatMap((block, index) => blockOddLines(block, identities[index] ?? ''));
  return { entries, oddLines, keys: new Set([...entries, ...oddLines].map(({ key }) => key)) };
}

/**
 * What tells blocks apart. Host blocks with one head are one block to ssh; of Match blocks with one head, one can
 * apply and the next not, since HostName, User and Tag between them count.
 */
function blockIdentities(blocks: readonly ConfigBlock[]): ByteString[] {
  const counts = new Map<ByteString, number>();
  return blocks.map(({ head }) => {
    const text = head === undefined ? '' : identityText(head);
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    return head?.keyword === 'match' ? `${text}\n${count}` : text;
  });
}

function blockEntries({ head, lines }: ConfigBlock, block: ByteString, place: FolderPlace): Entry[] {
  const directives = lines.filter((line) => line.kind === 'directive');
  return [...(head === undefined ? [] : [head]), ...directives].map((line) => {
    const rule = ruleFor(line.keyword);
    const text = identityText(line);
    const value = valueOf(line);
    return {
      head,
      line,
      block,
      text,
      rule,
      value,
      key: `${block}\n${text}`,
      group: line === head ? '' : (rule?.group ?? presentName(line.keyword)),
      asked: askAbout(line, place),
      protects: rule?.protects?.(value) === true || readsAgain(line),
    };
  });
}

function blockOddLines({ head, lines }: ConfigBlock, block: ByteString): OddLine[] {
  return lines.flatMap((line) => {
    const asked = line.kind === 'directive' ? undefined : askAboutPlain(line);
    return asked === undefined ? [] : [{ head, source: line.source, key: `${block}\n${line.source}`, asked }];
  });
}
