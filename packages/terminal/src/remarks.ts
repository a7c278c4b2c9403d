import { styleText } from 'node:util';

import { failureFields, failureOf } from './failure.ts';
import type { Lines } from './lines.ts';
import type { Results } from './results.ts';
import { visible } from './visible.ts';

/** Everything about the work that is not its result, on standard error. */
export interface Remarks {
  /** A remark; nothing with --json. */
  note(line: string): void;
  /** A remark that is made only with -v. */
  verbose(line: string): void;
  /** A warning, with --json also an event. */
  warn(line: string): void;
  /** Says what failed, or with --json makes it an event, and returns the exit code. */
  fail(error: unknown): number;
  /** What a question is about, shown before it; nothing with --json. */
  showBlock(title: string, lines: readonly string[]): void;
}

interface Manner {
  readonly program: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly coloured: boolean;
}

export function createRemarks(manner: Manner, lines: Lines, { event }: Pick<Results, 'event'>): Remarks {
  const { program, json, verbose } = manner;
  const paint = (style: 'bold' | 'cyan' | 'red' | 'yellow', text: string): string =>
    manner.coloured ? styleText(style, text, { validateStream: false }) : text;
  const say = (text: string, label = ''): void => lines.remark(label + visible(text));
  const note = (line: string): void => {
    if (!json) say(line);
  };
  return {
    note,
    verbose: (line) => verbose && note(line),
    warn(line) {
      say(line, `${program}: ${paint('yellow', 'warning:')} `);
      event('warning', { message: line });
    },
    fail(error) {
      const failure = failureOf(error);
      event('error', failureFields(failure, verbose));
      if (json) return failure.exitCode;
      say(failure.message, `${paint('red', `${program}:`)} `);
      for (const cause of failure.causes) say(cause, 'cause: ');
      for (const hint of failure.hints) say(hint, `${paint('cyan', 'hint:')} `);
      for (const line of verbose ? failure.stack : []) say(line);
      return failure.exitCode;
    },
    showBlock(title, text) {
      if (!json) lines.remark(paint('bold', visible(title)));
      for (const line of text) note(`  ${line}`);
    },
  };
}
