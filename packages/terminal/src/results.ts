import { jsonLine } from './json-line.ts';
import type { Lines } from './lines.ts';
import { tableLines } from './table.ts';
import { visible } from './visible.ts';

/** What a program was called for, on standard output. */
export interface Results {
  /** A line of the result; nothing with --json. */
  print(line: string): void;
  /** A JSON line, only with --json. A bigint becomes a decimal string, a Uint8Array hexadecimal. */
  event(name: string, fields: object): void;
  /** A result in both forms: the event with --json, otherwise the lines. */
  result(name: string, fields: object, lines: readonly string[]): void;
  /** The lines of a table for `print` or `result`, aligned by width on a terminal. */
  table(columns: readonly string[], rows: readonly (readonly string[])[]): Promise<string[]>;
}

export function createResults(json: boolean, lines: Lines): Results {
  const print = (line: string): void => {
    if (!json) lines.result(visible(line));
  };
  const event = (name: string, fields: object): void => {
    if (json) lines.result(jsonLine(name, fields));
  };
  return {
    print,
    event,
    result(name, fields, text) {
      event(name, fields);
      text.forEach(print);
    },
    table: tableLines,
  };
}
