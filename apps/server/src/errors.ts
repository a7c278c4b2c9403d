/** A request that is not granted: what the client is told. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: RefusalStatus;
  /** A word for programs. */
  readonly code: string;
  /** Seconds after which to try again. */
  readonly retryAfter: number | undefined;

  constructor(status: RefusalStatus, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export type RefusalStatus = 400 | 401 | 403 | 404 | 408 | 409 | 413 | 421 | 422 | 429;

/** The body of every error. */
export function errorBody(code: string, message: string): string {
  return `${JSON.stringify({ error: { code, message } })}\n`;
}

/** Too much in too little time, or too much at once. */
export function overLimit(what: string, retryAfter: number): Refusal {
  return new Refusal(429, 'limit', `Too many ${what}: try again in ${retryAfter} s`, retryAfter);
}

/** Nobody hears it. */
export function brokenOff(): Refusal {
  return new Refusal(400, 'malformed', 'Cannot read request: the client broke off');
}
