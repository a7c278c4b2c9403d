import { printable } from '../review.ts';
import type { Directive } from './parse.ts';
import { type ByteString, fromByteString } from './tokens.ts';

/**
 * The text by which two lines are the same: keyword in lower case and what follows it, with blanks folded where
 * neither a quote nor an escape nor a control character stands near them. Whatever a version of ssh might read
 * differently stays different.
 */
export function canonicalText(directive: Directive): ByteString {
  const { keyword, rest } = directive;
  return `${keyword} ${/["'\\\0-\u0008\u000a-\u001f]/.test(rest) ? rest : rest.replaceAll(/[ \t]+/g, ' ')}`;
}

/** A line as written, for people: no line end, no indentation. */
export function lineText(line: { readonly source: ByteString }): string {
  return printable(lineBytes(line));
}

/** The bytes of a line as written, with a stored home as `~`, without line end and indentation. */
export function lineBytes({ source }: { readonly source: ByteString }): Uint8Array {
  let end = source.length;
  while (end > 0 && ' \t\r\n'.includes(source.charAt(end - 1))) end -= 1;
  const text = source.slice(0, end).replace(/^[ \t]+/, '');
  return fromByteString(text.replaceAll(/(?:\u0101[0-9a-f]*)?\u0100/g, '~'));
}
