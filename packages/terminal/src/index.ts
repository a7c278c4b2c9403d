export { ExitCode, ExpectedError, InterruptedError, UsageError } from './errors.ts';
export type { ErrorDetails } from './errors.ts';
export type { Progress } from './progress.ts';
export type { Choice, ChoiceQuestion, ConfirmQuestion, TextQuestion } from './questions.ts';
export type { InputStream, OutputStream, Streams } from './streams.ts';
export { readTerminalLine } from './terminal-line.ts';
export { createTerminal } from './terminal.ts';
export type { Terminal, TerminalOptions } from './terminal.ts';
export { visible } from './visible.ts';
