import type { Asker } from '../qssh/ask.ts';
import type { CommandLine } from './command-line.ts';

/** What every task needs. */
export interface Session {
  readonly line: CommandLine;
  readonly ask: Asker;
  readonly home: string;
  /** To standard output, as it stands. */
  readonly print: (text: string | Uint8Array) => void;
  /** A line to standard error. */
  readonly say: (text: string) => void;
}

/** As ssh-keygen has it for what it cannot go on after. */
const FATAL = 255;

/** A task cannot be done; the message is for the user, and complete. */
export class KeygenError extends Error {
  override readonly name = 'KeygenError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = FATAL) {
    super(message);
    this.exitCode = exitCode;
  }
}
