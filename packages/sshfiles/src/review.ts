import { Writer } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';

/** A place where both sides changed the same thing; texts are made printable. */
export interface Conflict {
  /** Block header, host or file part. */
  readonly where: string;
  readonly ours: string;
  readonly theirs: string;
  readonly kept: 'ours' | 'theirs' | 'both';
  readonly note?: string;
}

/** A line that a person must accept before it may enter or leave this machine's file. */
export interface ReviewItem {
  /** Block header, or host. */
  readonly where: string;
  /** The line as written, without newline, made printable. */
  readonly line: string;
  readonly change: 'added' | 'removed';
  /** What the change can do, in few words. */
  readonly reason: string;
  /** Stable identity: 64 hex digits, SHA-256 over kind, where, line, change and context, as bytes. */
  readonly id: string;
}

/** What `reviewItem` is made from: exact bytes, so that two different lines never share an identity. */
export interface Finding {
  readonly kind: 'ssh_config' | 'known_hosts';
  readonly where: Uint8Array;
  readonly line: Uint8Array;
  readonly change: 'added' | 'removed';
  readonly reason: string;
  /** What else the answer depends on, for example the lines that this one now overrides. */
  readonly context?: Uint8Array;
}

/** The item that is shown to a person, with the identity under which the answer is remembered. */
export function reviewItem(finding: Finding): ReviewItem {
  const { kind, where, line, change, reason, context = new Uint8Array() } = finding;
  return { where: printable(where), line: printable(line), change, reason, id: identity() };

  function identity(): string {
    const writer = new Writer().text('orrery review').text(kind).string(where).string(line);
    return sha256(writer.text(change).string(context).finish()).toHex();
  }
}

/**
 * Text for people from bytes of unknown origin: UTF-8 where valid, `\xNN` for other bytes, `\u{N}` for control,
 * format and separator characters other than blank and tab, so that nothing can hide, reorder or erase text.
 */
export function printable(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = sequenceLength(bytes[offset] ?? 0);
    const sequence = bytes.subarray(offset, offset + length);
    try {
      parts.push(visible(decoder.decode(sequence)));
      offset += length;
    } catch {
      parts.push(`\\x${sequence.subarray(0, 1).toHex()}`);
      offset += 1;
    }
  }
  return parts.join('');
}

/** Length of a UTF-8 sequence by its first byte (RFC 3629, section 3). */
function sequenceLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function visible(character: string): string {
  if (character === ' ' || character === '\t' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
