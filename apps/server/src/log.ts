import { destination, pino, type DestinationStream, type Level, type Logger } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly (
  | Level
  | 'silent'
)[];
export type LogLevel = (typeof logLevels)[number];

/** Lines of JSON on standard error, or on `stream`. */
export function makeLog(
  level: LogLevel,
  stream: DestinationStream = destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** All that the log may know of a request: no path, because paths name rooms; no header; no body. */
export interface RequestLine {
  readonly method: string;
  /** The pattern of the route. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** The beginning of the account's hash. */
  readonly account: string | undefined;
  /** The word of the refusal. */
  readonly code: string | undefined;
}

export function logRequest(log: Logger, line: RequestLine): void {
  log.info(line, 'request');
}

/** An unexpected error: where it happened, but not its message, which may hold what the client sent. */
export function logFailure(log: Logger, id: string, error: unknown): void {
  log.error({ id, ...describe(error) }, 'unexpected error');
}

function describe(error: unknown): { error: string; code?: string; at?: string[] } {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { error: error.name, code: codeOf(error), at: frames.map((line) => line.trim()) };
}

/** What the system and SQLite say of the kind of error, such as ENOSPC or "database or disk is full". */
function codeOf(error: Error): string {
  const details = ['code', 'errstr'].map(
    (name): unknown => Object.getOwnPropertyDescriptor(error, name)?.value,
  );
  return details.filter((detail) => typeof detail === 'string').join(' ');
}
