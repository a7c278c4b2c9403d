// Names of files are bytes. Here they are strings with one character from U+0000 to U+00FF for each byte, so that
// paths can be cut, joined and matched as text and every name survives.
import { readFileSync } from 'node:fs';
import { visible } from '@orrery/terminal';

export function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function bytesOf(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

/** A text, such as an argument, as a name. */
export function nameFromText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a name, for those who want text; undefined if it is not UTF-8. */
export function textOf(name: string): string | undefined {
  try {
    return utf8.decode(bytesOf(name));
  } catch {
    return undefined;
  }
}

/** A name as it may be shown: what is not UTF-8, and what would play with a terminal, becomes an escape. */
export function shown(name: string): string {
  return visible(textOf(name) ?? name.replace(/[\x80-\xff]/g, escapeOf));
}

function escapeOf(character: string): string {
  return String.raw`\x` + character.charCodeAt(0).toString(16);
}

/** The last part of a path, without slashes behind it; '/' for the root and '' for ''. */
export function baseOf(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') return path === '' ? '' : '/';
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** A name in a folder. */
export function joined(folder: string, name: string): string {
  if (folder === '' || name.startsWith('/')) return folder === '' ? name : folder.replace(/\/+$/, '') + name;
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/** A path that begins in a folder if it does not begin at the root. */
export function absolute(path: string, folder: string): string {
  return path.startsWith('/') ? path : joined(folder, path);
}

/** Whether a name from the other side is one name in a folder, and not the folder, the one above it, or a path. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/**
 * Arguments as names. Node.js gives them as text, in which bytes that are not UTF-8 are lost: where the kernel still
 * tells them, they come from there.
 */
export function argumentNames(argv: readonly string[]): readonly string[] {
  const replaced = argv.some((word) => word.includes('\ufffd'));
  return (replaced ? argumentsOfKernel(argv) : undefined) ?? argv.map(nameFromText);
}

function argumentsOfKernel(argv: readonly string[]): readonly string[] | undefined {
  try {
    const words = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1);
    const found = words.slice(words.length - argv.length);
    const same = found.every((word, index) => Buffer.from(word, 'latin1').toString() === argv[index]);
    return same && argv.length <= words.length ? found : undefined;
  } catch {
    return undefined;
  }
}
