/** Exit codes that every program shares. A program names further ones in its own documentation. */
export const ExitCode = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export interface ErrorDetails {
  /** What the user can do; every line of it is printed as a line of its own. */
  readonly hint?: string | undefined;
  /** ExitCode.failed unless given. */
  readonly exitCode?: number | undefined;
  readonly cause?: unknown;
}

/** A failure that the program foresaw: it knows the exit code and perhaps what the user can do. */
export class ExpectedError extends Error {
  override readonly name: string = 'ExpectedError';
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, { hint, exitCode = ExitCode.failed, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** The command line is wrong, or lacks an answer that nobody is there to give. */
export class UsageError extends ExpectedError {
  override readonly name = 'UsageError';

  constructor(message: string, details: Omit<ErrorDetails, 'exitCode'> = {}) {
    super(message, { ...details, exitCode: ExitCode.usage });
  }
}

/** The user broke off a question, by Ctrl-C for example. The command must leave everything as it is. */
export class InterruptedError extends ExpectedError {
  override readonly name = 'InterruptedError';

  constructor() {
    super('Interrupted', { exitCode: ExitCode.interrupted });
  }
}
