import { FormatError } from '@orrery/bytes';

/** The server refused a request. `code` is the word of its JSON error. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server answered, but not as the protocol demands. */
export class MalformedAnswerError extends FormatError {
  override readonly name = 'MalformedAnswerError';
}

/** Longest sentence that is shown of what a server says. */
const MAX_SENTENCE = 300;

/** Reads an error answer; a server may send anything. */
export function readServerError(action: string, status: number, body: Uint8Array): ServerError {
  const { code, message } = parseError(body);
  return new ServerError(
    status,
    code,
    `Cannot ${action}: the server answered ${status}: ${message.slice(0, MAX_SENTENCE)}`,
  );
}

function parseError(body: Uint8Array): { code: string; message: string } {
  const unknown = { code: 'unknown', message: 'no explanation that this program understands' };
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body.subarray(0, 16_384)));
    const error = property(parsed, 'error');
    const code = property(error, 'code');
    const message = property(error, 'message');
    return typeof code === 'string' && typeof message === 'string' ? { code, message } : unknown;
  } catch {
    return unknown;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
