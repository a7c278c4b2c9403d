// What single words of ssh_config(5) may be. Each function gives the word in the form in which `-G` prints it.
import { ValueError } from './value-error.ts';

export { parseDuration as parseTime } from '@orrery/keys';

/** Reads one word of a value. @throws {ValueError} */
export type ReadWord = (word: string) => string;

/** Words and the form in which each is kept. Case does not count. */
export function choice(words: Readonly<Record<string, string>>): ReadWord {
  return (word) => {
    const found = words[word.toLowerCase()];
    if (found === undefined || !Object.hasOwn(words, word.toLowerCase()))
      throw new ValueError(`unsupported option "${word}".`);
    return found;
  };
}

export const flag = choice({ yes: 'yes', true: 'yes', no: 'no', false: 'no' });

/** A choice that stands for itself. */
export function oneOf(...words: readonly string[]): ReadWord {
  return choice(Object.fromEntries(words.map((word) => [word, word])));
}

export function anyWord(word: string): string {
  if (word === '') throw new ValueError('Missing argument.');
  return word;
}

export function integer(word: string): string {
  if (!/^-?\d{1,10}$/.test(word)) throw new ValueError('integer value invalid.');
  return String(Number(word));
}

export function port(word: string): string {
  const number = parsePort(word);
  if (number === undefined) throw new ValueError(`Bad port '${word}'.`);
  return String(number);
}

/** 1 to 65535, or undefined. */
export function parsePort(word: string): number | undefined {
  if (!/^\d{1,5}$/.test(word)) return undefined;
  const number = Number(word);
  return number >= 1 && number <= 65_535 ? number : undefined;
}

const factors: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes of a size with K, M or G behind it. */
export function size(word: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,15})([kmg]?)$/i.exec(word) ?? [];
  const bytes = Number(digits) * (factors[unit.toLowerCase()] ?? 0);
  if (digits === '' || !Number.isSafeInteger(bytes))
    throw new ValueError(`Bad number '${word}': a size such as 512M expected`);
  return bytes;
}

export function octal(word: string): string {
  const value = /^[0-7]{1,4}$/.test(word) ? Number.parseInt(word, 8) : 0o1000;
  if (value > 0o777) throw new ValueError('Bad mask.');
  return `0${value.toString(8)}`;
}

/** `~`, `^B` or `none`. */
export function escapeCharacter(word: string): string {
  if (word.toLowerCase() === 'none') return 'none';
  if (/^[!-~]$/.test(word)) return word;
  const [, control] = /^\^([@-_a-z])$/.exec(word) ?? [];
  if (control === undefined) throw new ValueError('Bad escape character.');
  return `^${control.toUpperCase()}`;
}

const logLevels = ['QUIET', 'FATAL', 'ERROR', 'INFO', 'VERBOSE', 'DEBUG', 'DEBUG2', 'DEBUG3'];

export function logLevel(word: string): string {
  const name = word.toUpperCase();
  if (name === 'DEBUG1') return 'DEBUG';
  if (name === 'SILENT') return 'QUIET';
  if (!logLevels.includes(name)) throw new ValueError(`unsupported log level '${word}'`);
  return name;
}

const facilities = 'DAEMON USER AUTH AUTHPRIV LOCAL0 LOCAL1 LOCAL2 LOCAL3 LOCAL4 LOCAL5 LOCAL6 LOCAL7'.split(
  ' ',
);

export function logFacility(word: string): string {
  const name = word.toUpperCase();
  if (!facilities.includes(name)) throw new ValueError(`unsupported log facility '${word}'`);
  return name;
}

/** Classes of service (RFC 2474 and kin) by name: CSn is n * 0x20, AFxy is x * 0x20 + y * 8. */
const services: ReadonlyMap<string, number> = new Map([
  ...[1, 2, 3, 4].flatMap((x) => [1, 2, 3].map((y) => [`af${x}${y}`, x * 0x20 + y * 8] as const)),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => [`cs${n}`, n * 0x20] as const),
  ['ef', 0xb8],
  ['le', 0x01],
  ['lowdelay', 0x10],
  ['throughput', 0x08],
  ['reliability', 0x04],
]);

/** The class of service of IPQoS: its name where it has one. */
export function trafficClass(word: string): string {
  const name = word.toLowerCase();
  if (services.has(name) || name === 'none') return name;
  if (!/^(?:0x[\da-f]{1,2}|\d{1,3})$/.test(name) || Number(name) > 255)
    throw new ValueError(`Bad IPQoS value: ${word}`);
  const [known] = [...services].find(([, value]) => value === Number(name)) ?? [];
  return known ?? `0x${Number(name).toString(16).padStart(2, '0')}`;
}
