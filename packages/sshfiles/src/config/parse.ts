import { readHomeMarks } from './home-mark.ts';
import {
  type Argument,
  type ByteString,
  contentEnd,
  splitArguments,
  splitKeyword,
  toByteString,
} from './tokens.ts';

/** A line from which ssh takes nothing; `source` includes the line end. */
export interface PlainLine {
  readonly kind: 'blank' | 'comment';
  readonly source: ByteString;
}

/** A line that says something to ssh. */
export interface Directive {
  readonly kind: 'directive';
  /** The exact bytes, line end included. */
  readonly source: ByteString;
  /** In lower case, without quotes. */
  readonly keyword: ByteString;
  /** What follows the keyword, without trailing white space: what a command keyword gives to the shell. */
  readonly rest: ByteString;
  /** The arguments, with offsets into `source`; undefined if a quote is never closed. */
  readonly args: readonly Argument[] | undefined;
}

export type ConfigLine = PlainLine | Directive;

/** The lines under one Host or Match line; the first block has no head: its lines hold for every host. */
export interface ConfigBlock {
  readonly head: Directive | undefined;
  readonly lines: readonly ConfigLine[];
}

export interface SshConfig {
  readonly blocks: readonly ConfigBlock[];
}

/** Upper bound of a config file in bytes. */
export const maxConfigBytes = 1 << 20;

/** Upper bound of the lines of a config that is reviewed or merged: both compare lines with lines. */
const maxComparedLines = 10_000;

/** @throws RangeError for a config, undefined being none, with more than `maxComparedLines`. */
export function demandComparable(bytes: Uint8Array | undefined, action: 'merge' | 'review'): void {
  let lines = 0;
  for (let at = bytes?.indexOf(0x0a) ?? -1; at !== -1; at = bytes?.indexOf(0x0a, at + 1) ?? -1) lines += 1;
  if (lines > maxComparedLines)
    throw new RangeError(
      `Cannot ${action} ssh_config of ${lines} lines: at most ${maxComparedLines} are allowed`,
    );
}

/**
 * Reads ssh_config(5), local or portable, without losing a byte: any bytes are a config.
 *
 * @throws RangeError for more than `maxConfigBytes`.
 */
export function parseConfig(bytes: Uint8Array): SshConfig {
  if (bytes.length > maxConfigBytes) {
    throw new RangeError(
      `Cannot parse ssh_config of ${bytes.length} bytes: at most ${maxConfigBytes} are allowed`,
    );
  }
  const blocks: { head: Directive | undefined; lines: ConfigLine[] }[] = [{ head: undefined, lines: [] }];
  for (const source of splitLines(readHomeMarks(toByteString(bytes)))) {
    const line = parseLine(source);
    if (isHead(line)) blocks.push({ head: line, lines: [] });
    else blocks.at(-1)?.lines.push(line);
  }
  return { blocks };
}

/** All lines in order, heads included. */
export function allLines(config: SshConfig): ConfigLine[] {
  return config.blocks.flatMap(({ head, lines }) => (head === undefined ? lines : [head, ...lines]));
}

/** Reads one line, with or without its line end. */
export function parseLine(source: ByteString): ConfigLine {
  const content = source.slice(0, contentEnd(source));
  const found = splitKeyword(content);
  if (found === undefined) return { kind: /^[ \t\r\n]*$/.test(source) ? 'blank' : 'comment', source };
  return {
    kind: 'directive',
    source,
    keyword: found.keyword,
    rest: content.slice(found.rest),
    args: splitArguments(content, found.rest),
  };
}

function isHead(line: ConfigLine): line is Directive {
  return line.kind === 'directive' && (line.keyword === 'host' || line.keyword === 'match');
}

/** Lines with their ends: only LF ends a line for ssh. */
function splitLines(text: ByteString): ByteString[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
