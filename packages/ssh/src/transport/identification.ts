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

/** What the other side sends until its identification is whole. Each byte is looked at once, in however many pieces it comes. */
export class Prelude {
  /** Whether other lines may come first: a server may send them. */
  readonly #bannerAllowed: boolean;
  /** The beginning of the line that is being received, and how long it is. */
  #line: Uint8Array = new Uint8Array();
  #length = 0;
  #lines = 0;
  #total = 0;
  #lastLine: string | undefined;

  constructor(bannerAllowed: boolean) {
    this.#bannerAllowed = bannerAllowed;
  }

  /** The identification, once it is here. @throws {SshError} as `readIdentification` does. */
  take(chunk: Uint8Array): Identification | undefined {
    for (let at = 0; ;) {
      const end = chunk.indexOf(LF, at);
      this.#add(chunk.subarray(at, end === -1 ? chunk.length : end + 1));
      if (end === -1) return undefined;
      at = end + 1;
      const line = this.#line.subarray(0, -1);
      if (this.#length > 4 && isPrefixOfSsh(line.subarray(0, 4)))
        return { line: checked(line), rest: chunk.subarray(at) };
      this.#endLine();
    }
  }

  /** What there was instead, if the other side ends without an identification: a server may have said why it does. */
  get lastLine(): string | undefined {
    return printable(this.#line).trim() || this.#lastLine;
  }

  #add(part: Uint8Array): void {
    this.#line = concat(this.#line, part.subarray(0, MAX_LINE + 1 - this.#line.length));
    this.#length += part.length;
    this.#total += part.length;
    const mayBeOurs = isPrefixOfSsh(this.#line.subarray(0, 4));
    if (!mayBeOurs && !this.#bannerAllowed) throw notSsh(this.#line);
    if (this.#length > MAX_LINE && mayBeOurs)
      throw new SshError('protocolError', `Cannot read identification: longer than ${MAX_LINE} bytes`);
    if (this.#total > MAX_BANNER_BYTES || this.#lines > MAX_BANNER_LINES)
      throw new SshError('protocolError', 'Cannot find identification: too much was sent before it');
  }

  #endLine(): void {
    this.#lastLine = printable(this.#line).trim() || this.#lastLine;
    this.#line = new Uint8Array();
    this.#length = 0;
    this.#lines += 1;
  }
}

/**
 * Finds the other side's identification at the beginning of what it sent; undefined if more bytes are needed.
 * @param bannerAllowed Whether other lines may come first: a server may send them.
 * @throws {SshError} if it speaks no SSH-2, or sends too much of something else.
 */
export function readIdentification(bytes: Uint8Array, bannerAllowed: boolean): Identification | undefined {
  return new Prelude(bannerAllowed).take(bytes);
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
