// The one place that talks to people. Its rules:
//
// - Results go to standard output, everything else to standard error.
// - What failed: `program: what failed: why`, in lower case, without final period; then perhaps lines `cause: ...`
//   and `hint: ...`; with -v the stack. A warning: `program: warning: ...`.
// - With --json, standard output carries only JSON lines, each an object with "event". What failed is one of them,
//   {"event":"error","message","causes"?,"hint"?,"code"}, where code is the exit code. Standard error then carries
//   only warnings, which are events too.
// - Questions are asked on standard error, if that and standard input are terminals and there is no --json.
//   Otherwise a flag must give the answer. The answer by default is no. Ctrl-C changes nothing and exits with 130.
// - Colour only on a terminal and without NO_COLOR. A progress line only on a terminal, after a second of work.
// - All text passes through `visible`, so that no name or message from elsewhere plays with the terminal.
// - When the reader of standard output goes away, the rest of the output is dropped and the work goes on to its end.
import { styleText } from 'node:util';

import { failureOf } from './failure.ts';
import { jsonLine } from './json-line.ts';
import { type Lines, createLines } from './lines.ts';
import { type Progress, createProgress, noProgress } from './progress.ts';
import { type Questions, createQuestions } from './questions.ts';
import type { OutputStream, Streams } from './streams.ts';
import { tableLines } from './table.ts';
import { visible } from './visible.ts';

export interface TerminalOptions {
  /** The name of the program, as it was called. */
  readonly program: string;
  readonly json: boolean;
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly streams: Streams;
  /** NO_COLOR is set and not empty. */
  readonly noColour: boolean;
}

export interface Terminal extends Questions {
  /** Whether a question can be asked. */
  readonly interactive: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  /**
   * Aborted when the reader of standard output has gone (`| head -1`) or the disk is full. Only a command that would
   * otherwise go on for ever needs it.
   */
  readonly outputClosed: AbortSignal;
  /** A line of the result; nothing with --json. */
  print(line: string): void;
  /** A JSON line, only with --json. A bigint becomes a decimal string, a Uint8Array hexadecimal. */
  event(name: string, fields: object): void;
  /** A result in both forms: the event with --json, otherwise the lines. */
  result(name: string, fields: object, lines: readonly string[]): void;
  /** A remark on standard error; nothing with --json. */
  note(line: string): void;
  /** A remark that is made only with -v. */
  verbose(line: string): void;
  /** A warning on standard error, with --json also an event. */
  warn(line: string): void;
  /** Says what failed and returns the exit code. */
  fail(error: unknown): number;
  /** The lines of a table for `print` or `result`, aligned by width on a terminal. */
  table(columns: readonly string[], rows: readonly (readonly string[])[]): Promise<string[]>;
  /** Begins work that may take more than a second; `end` it also when it fails. */
  progress(label: string, total?: number): Progress;
  /** What a question is about, on standard error before it; nothing with --json. */
  showBlock(title: string, lines: readonly string[]): void;
}

/** A program makes one, at its start, with `process.stdin`, `process.stdout` and `process.stderr`. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { program, json, yes, streams } = options;
  const interactive = streams.input.isTTY === true && streams.errors.isTTY === true && !json;
  const lines = createLines(program, streams);
  const paint = painter(streams.errors, options.noColour);
  const print = (line: string): void => {
    if (!json) lines.result(visible(line));
  };
  const event = (name: string, fields: object): void => {
    if (json) lines.result(jsonLine(name, fields));
  };
  const note = (line: string): void => {
    if (!json) lines.remark(visible(line));
  };
  return {
    ...createQuestions({ ...options, interactive }, lines),
    interactive,
    json,
    yes,
    outputClosed: lines.outputClosed,
    print,
    event,
    note,
    result: (name, fields, text) => (json ? event(name, fields) : text.forEach(print)),
    verbose: (line) => options.verbose && note(line),
    warn: (line) => {
      lines.remark(`${program}: ${paint('yellow', 'warning:')} ${visible(line)}`);
      event('warning', { message: line });
    },
    fail: (error) => fail(error, options, lines, paint),
    table: tableLines,
    progress: (label, total) =>
      streams.errors.isTTY === true && !json
        ? createProgress(
            label,
            total,
            () => streams.errors.columns ?? 80,
            (text) => lines.status(text),
          )
        : noProgress,
    showBlock: (title, text) => {
      if (json) return;
      lines.remark(paint('bold', visible(title)));
      for (const line of text) lines.remark(`  ${visible(line)}`);
    },
  };
}

type Paint = (style: 'bold' | 'cyan' | 'red' | 'yellow', text: string) => string;

function painter(stream: OutputStream, noColour: boolean): Paint {
  const coloured = stream.isTTY === true && !noColour && stream.hasColors?.() !== false;
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

function fail(
  error: unknown,
  { program, json, verbose }: TerminalOptions,
  lines: Lines,
  paint: Paint,
): number {
  const { message, causes, hints, exitCode, stack } = failureOf(error);
  if (json) {
    const fields = {
      message,
      ...(causes.length > 0 && { causes }),
      ...(hints.length > 0 && { hint: hints.join('\n') }),
      code: exitCode,
      ...(verbose && { stack }),
    };
    lines.result(jsonLine('error', fields));
    return exitCode;
  }
  lines.remark(`${paint('red', `${program}:`)} ${visible(message)}`);
  for (const cause of causes) lines.remark(`cause: ${visible(cause)}`);
  for (const hint of hints) lines.remark(`${paint('cyan', 'hint:')} ${visible(hint)}`);
  if (verbose) for (const line of stack) lines.remark(visible(line));
  return exitCode;
}
