import { inspect } from 'node:util';

import { ExitCode, ExpectedError } from './errors.ts';

const maxCauses = 16;

/** What there is to say about an error. */
export interface Failure {
  /** What failed and why: lower case at the start, no final period. */
  readonly message: string;
  /** What the message does not yet tell, from the nearest cause to the deepest. */
  readonly causes: readonly string[];
  /** What the user can do. */
  readonly hints: readonly string[];
  readonly exitCode: number;
  /** Stack traces of the error and of its causes, as lines. */
  readonly stack: readonly string[];
}

/** Reads anything that was thrown, with its causes. Of properties only `message`, `hint` and `stack` are shown. */
export function failureOf(error: unknown): Failure {
  const chain = chainOf(error);
  const [message = 'unknown error', ...causes] = chain
    .map(messageOf)
    .filter((text, index, all) => text !== '' && !all.slice(0, index).some((said) => said.includes(text)));
  return {
    message,
    causes,
    hints: [...new Set(chain.flatMap(hintsOf))],
    exitCode: error instanceof ExpectedError ? error.exitCode : ExitCode.failed,
    stack: chain.flatMap((link) => (link instanceof Error ? (link.stack?.split('\n') ?? []) : [])),
  };
}

/** The failure as fields of a JSON event. */
export function failureFields(
  { message, causes, hints, exitCode, stack }: Failure,
  withStack: boolean,
): object {
  return {
    message,
    ...(causes.length > 0 && { causes }),
    ...(hints.length > 0 && { hint: hints.join('\n') }),
    code: exitCode,
    ...(withStack && { stack }),
  };
}

/** The error, its cause, the cause of that, and the members of an AggregateError. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && chain.length <= maxCauses) {
    const link = waiting.shift();
    if (chain.includes(link)) continue;
    chain.push(link);
    if (link instanceof AggregateError) waiting.push(...(link.errors as unknown[]));
    if (link instanceof Error && link.cause !== undefined) waiting.push(link.cause);
  }
  return chain;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return sentence(error.message);
  return typeof error === 'string' ? sentence(error) : inspect(error, { depth: 0 });
}

/** `Cannot read "x".` becomes `cannot read "x"`; a first word such as ENOENT or SSH keeps its capitals. */
function sentence(text: string): string {
  const trimmed = text.trim().replace(/(?<!\.)\.$/, '');
  return trimmed.replace(/^[A-Z](?=[a-z'-]*(?:[ ,:]|$))/, (first) => first.toLowerCase());
}

function hintsOf(error: unknown): string[] {
  if (!(error instanceof Error) || !('hint' in error) || typeof error.hint !== 'string') return [];
  return error.hint.split('\n').filter((line) => line !== '');
}
