// The one place that talks to people. Its rules:
//
// - Results go to standard output, everything else to standard error.
// - What failed: `program: what failed: why`, in lower case, without final period; then perhaps lines `cause: ...`
//   and `hint: ...`; with -v the stack. A warning: `program: warning: ...`.
// - With --json, standard output carries only JSON lines, each an object with "event". What failed is one of them,
//   {"event":"error","message","causes"?,"hint"?,"code"}, where code is the exit code. Standard error then carries
//   only warnings, which are events too.
// - Questions are asked on standard error, if that and standard input are terminals and there is no --json.
//   Otherwise a flag must give the answer. The answer by default is no. Where a wrong yes does harm, the word must be
//   typed. Ctrl-C changes nothing and exits with 130.
// - Colour only on a terminal and without NO_COLOR. A progress line only on a terminal, after a second of work.
// - All text passes through `visible`, so that no name or message from elsewhere plays with the terminal.
// - When the reader of standard output goes away, the rest of the output is dropped and the work goes on to its end.
import { createLines } from './lines.ts';
import { type Progress, createProgress, noProgress } from './progress.ts';
import { createPrompter } from './prompt.ts';
import { type Questions, createQuestions } from './questions.ts';
import { type Remarks, createRemarks } from './remarks.ts';
import { type Results, createResults } from './results.ts';
import { type Streams, hasColour } from './streams.ts';
import { createTransfer } from './transfer.ts';

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

export interface Terminal extends Results, Remarks, Questions {
  /** Whether a question can be asked. */
  readonly interactive: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  /**
   * Aborted when the reader of standard output has gone (`| head -1`) or the disk is full. Only a command that would
   * otherwise go on for ever needs it.
   */
  readonly outputClosed: AbortSignal;
  /** Begins work that may take more than a second; `end` it also when it fails. */
  progress(label: string, total?: number): Progress;
  /** Begins a file of `total` bytes, whose line stays when it has ended. */
  transfer(name: string, total: number): Progress;
}

/** A program makes one, at its start, with `process.stdin`, `process.stdout` and `process.stderr`. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { program, json, yes, streams } = options;
  const { errors } = streams;
  const isInteractive = (): boolean => !json && errors.isTTY === true && streams.input.isTTY === true;
  const coloured = !options.noColour && hasColour(errors);
  const lines = createLines(program, streams);
  const results = createResults(json, lines);
  return {
    ...results,
    ...createRemarks({ ...options, coloured }, lines, results),
    ...createQuestions({ isInteractive, json, yes }, createPrompter(streams, coloured, lines)),
    get interactive() {
      return isInteractive();
    },
    json,
    yes,
    outputClosed: lines.outputClosed,
    progress: (label, total) =>
      errors.isTTY === true && !json ? createProgress(label, total, errors, lines) : noProgress,
    transfer: (name, total) =>
      errors.isTTY === true && !json ? createTransfer(name, total, errors, lines) : noProgress,
  };
}
