// RFC 4253, section 4.2: the lines by which the two sides say what they speak.
import { concat } from '@orrery/bytes';
import { DisconnectReason, SshError } from '../ssh-error.ts';

/** Bytes of the identification line with its CR LF. */
const MAX_LINE = 255;

/** How a server answers what is no identification, by the reason of its failure, in OpenSSH's words. */
const ANSWERS: ReadonlyMap<number, string> = new Map([
  [DisconnectReason.protocolError, 'Invalid SSH identification string.'],
  [DisconnectReason.versionNotSupported, 'Protocol major versions differ.'],
]);

export function answerTo(reason: number): string | undefined {
  return ANSWERS.get(reason);
}

/** Lines, and bytes of all of them, that a server may send before its identification. */
const MAX_BANNER_LINES = 1024;
const MAX_BANNER_BYTES = 65_536;

const LF = 0x0a;

/** The identification without CR LF, as it goes into the exchange hash, and the bytes that follow it. */
export interface Identification {
  readonly line: string;
  readonly rest: Uint8Array;
}

/** What the other side sends until its identification is whole. */
export class Prelude {
  readonly #isClient: boolean;
  #bytes: Uint8Array = new Uint8Array();

  constructor(isClient: boolean) {
    this.#isClient = isClient;
  }

  /** The identification, once it is here. @throws {SshError} as `readIdentification` does. */
  take(chunk: Uint8Array): Identification | undefined {
    this.#bytes = concat(this.#bytes, chunk);
    return readIdentification(this.#bytes, this.#isClient);
  }

  /** What there was instead, if the other side ends without an identification: a server may have said why it does. */
  get lastLine(): string | undefined {
    return printable(this.#bytes.slice(-MAX_LINE)).trim().split('\n').at(-1) || undefined;
  }
}

/**
 * Finds the other side's identification at the beginning of what it sent; undefined if more bytes are needed.
 * @param bannerAllowed Whether other lines may come first: a server may send them.
 * @throws {SshError} if it speaks no SSH-2, or sends too much of something else.
 */
export function readIdentification(bytes: Uint8Array, bannerAllowed: boolean): Identification | undefined {
  let start = 0;
  for (let lines = 0; ; lines++) {
    const end = bytes.indexOf(LF, start);
    const length = (end === -1 ? bytes.length : end + 1) - start;
    const mayBeOurs = isPrefixOfSsh(bytes.subarray(start, start + 4));
    if (!mayBeOurs && !bannerAllowed) throw notSsh(bytes.subarray(start));
    if (length > MAX_LINE && mayBeOurs)
      throw new SshError('protocolError', `Cannot read identification: longer than ${MAX_LINE} bytes`);
    if (start + length > MAX_BANNER_BYTES || lines > MAX_BANNER_LINES)
      throw new SshError('protocolError', 'Cannot find identification: too much was sent before it');
    if (end === -1) return undefined;
    if (length >= 4 && mayBeOurs)
      return { line: checked(bytes.subarray(start, end)), rest: bytes.subarray(end + 1) };
    start = end + 1;
  }
}

function isPrefixOfSsh(start: Uint8Array): boolean {
  return 'SSH-'.startsWith(printable(start));
}

/** Old servers say 1.99 where they also speak version 1 (RFC 4253, section 5.1). */
function checked(line: Uint8Array): string {
  const text = printable(line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
  const version = /^SSH-(\d+\.\d+)-[\x20-\x7e]+$/.exec(text)?.[1];
  if (version === undefined) throw notSsh(line);
  if (version !== '2.0' && version !== '1.99')
    throw new SshError('versionNotSupported', `Cannot speak with ${JSON.stringify(text)}: SSH-2.0 expected`);
  return text;
}

function notSsh(bytes: Uint8Array): SshError {
  const start = JSON.stringify(printable(bytes.subarray(0, 32)));
  return new SshError('protocolError', `Cannot read identification: found ${start}, "SSH-2.0-" expected`);
}

function printable(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
