// The options before a key, in authorized_keys and allowed_signers (OpenSSH's auth-options.c).

/** An option as it stands: its name in lower case, `no-` taken off, and what stands in its quotes. */
export interface KeyOption {
  readonly name: string;
  readonly negated: boolean;
  readonly value: string | undefined;
}

/** The options that a file may have. */
export interface KnownOptions {
  /** Those without a value, and whether they may stand behind `no-`. */
  readonly flags: ReadonlyMap<string, { readonly negatable: boolean }>;
  readonly valued: ReadonlySet<string>;
}

/** The offset at which the options that begin at `from` end; undefined if a quote is never closed. */
export function optionsEnd(text: string, from: number): number | undefined {
  let isQuoted = false;
  let at = from;
  for (; at < text.length && (isQuoted || !isBlank(text.charAt(at))); at += 1) {
    if (text.startsWith('\\"', at)) at += 1;
    else if (text.charAt(at) === '"') isQuoted = !isQuoted;
  }
  return isQuoted ? undefined : at;
}

/**
 * Options separated by commas.
 * @throws {SyntaxError} for an option that is not known, and for what is not an option: such a line gives no access.
 */
export function parseOptions(text: string, known: KnownOptions): KeyOption[] {
  const options: KeyOption[] = [];
  for (let rest = text; rest !== '';) {
    // sshd does not mind a comma too many.
    if (rest.startsWith(',')) {
      rest = rest.slice(1);
      continue;
    }
    const { option, length } = readOption(rest, known);
    options.push(option);
    if (rest.length > length && rest.charAt(length) !== ',') throw unknownOption(rest);
    rest = rest.slice(length + 1);
  }
  return options;
}

function readOption(
  text: string,
  { flags, valued }: KnownOptions,
): { readonly option: KeyOption; readonly length: number } {
  const word = /^[A-Za-z0-9-]*/.exec(text)?.[0] ?? '';
  const name = word.toLowerCase();
  if (text.charAt(word.length) === '=' && valued.has(name)) {
    const quoted = readQuoted(text, word.length + 1, name);
    return { option: { name, negated: false, value: quoted.value }, length: quoted.end };
  }
  const negated = name.startsWith('no-');
  const flag = negated ? name.slice(3) : name;
  const known = flags.get(flag);
  if (known === undefined || (negated && !known.negatable)) throw unknownOption(text);
  return { option: { name: flag, negated, value: undefined }, length: word.length };
}

/** What stands in double quotes, where only `\"` is special. */
function readQuoted(text: string, from: number, name: string): { value: string; end: number } {
  if (text.charAt(from) !== '"')
    throw new SyntaxError(`Cannot read key option "${name}": no quote begins it`);
  let value = '';
  for (let at = from + 1; at < text.length; at += 1) {
    if (text.startsWith('\\"', at)) at += 1;
    else if (text.charAt(at) === '"') return { value, end: at + 1 };
    value += text.charAt(at);
  }
  throw new SyntaxError(`Cannot read key option "${name}": no quote ends it`);
}

function unknownOption(text: string): SyntaxError {
  const word = text.split(/[,=]/, 1)[0] ?? '';
  return new SyntaxError(`Cannot read key option ${JSON.stringify(word.slice(0, 40))}: it is not known`);
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}
