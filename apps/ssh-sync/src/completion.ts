import { commands } from './commands.ts';
import { makeProgram } from './program.ts';

/** A command as a shell completes it. */
interface Node {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Flag[];
}

interface Flag {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  /** What the value can be; empty: anything, such as a path. */
  readonly values: readonly string[];
}

/** Writes the lines of a script that completes the command line of ssh-sync, by shell. */
export const completions: Readonly<Record<string, () => readonly string[]>> = {
  bash: () => bash(readTree()),
  zsh: () => zsh(readTree()),
  fish: () => fish(readTree()),
};

/** The same tree from which help comes. */
function readTree(): readonly Node[] {
  return commands.map(({ name, description, options: declared }) => {
    const [command] = makeProgram([name], () => undefined).commands;
    const valuesOf = new Map(declared.map(([flags, , values = []]) => [flags, values]));
    const options = (command?.options ?? []).map((option) => ({
      long: option.long ?? option.flags,
      short: option.short,
      description: option.description,
      takesValue: option.required || option.optional,
      values: valuesOf.get(option.flags) ?? [],
    }));
    return { name, description, options };
  });
}

function bash(tree: readonly Node[]): string[] {
  const flagsOf = ({ options }: Node): string =>
    [...options.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]), '--help'].join(
      ' ',
    );
  const withValue = tree.flatMap(({ name, options }) =>
    options.filter(({ takesValue }) => takesValue).map((flag) => ({ name, ...flag })),
  );
  const choices = withValue.filter(({ values }) => values.length > 0);
  const free = withValue.filter(({ values }) => values.length === 0).map(({ long }) => `*,${long}`);
  return [
    '# Completion of ssh-sync for bash.',
    '_ssh_sync() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" words=""',
    '  COMPREPLY=()',
    '  case "${COMP_WORDS[1]},${COMP_WORDS[COMP_CWORD-1]}" in',
    ...choices.map(
      ({ name, long, values }) =>
        `    ${name},${long}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$word")); return ;;`,
    ),
    `    ${[...new Set(free)].join('|')}) return ;;`,
    '  esac',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${tree.map(({ name }) => name).join(' ')} help --help --version"`,
    '  else',
    '    case "${COMP_WORDS[1]}" in',
    ...tree.map((node) => `      ${node.name}) words="${flagsOf(node)}" ;;`),
    `      help) words="${tree.map(({ name }) => name).join(' ')}" ;;`,
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    // Where nothing of this fits, bash completes paths.
    'complete -o bashdefault -o default -F _ssh_sync ssh-sync',
  ];
}

function zsh(tree: readonly Node[]): string[] {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const escape = (text: string): string => text.replace(/[[\]:\\]/g, (found) => `\\${found}`);
  const argument = ({ takesValue, values }: Flag): string => {
    if (!takesValue) return '';
    return values.length === 0 ? ':value:_files' : `:value:(${values.join(' ')})`;
  };
  const specs = (flag: Flag): string[] =>
    [flag.long, ...(flag.short === undefined ? [] : [flag.short])].map((name) =>
      quote(`${name}[${escape(flag.description)}]${argument(flag)}`),
    );
  return [
    '#compdef ssh-sync',
    '_ssh_sync() {',
    '  local -a commands',
    '  if (( CURRENT == 2 )); then',
    '    commands=(',
    ...tree.map(({ name, description }) => `      ${quote(`${name}:${escape(description)}`)}`),
    '    )',
    '    _describe command commands',
    '    return',
    '  fi',
    '  shift words',
    '  (( CURRENT -= 1 ))',
    '  case $words[1] in',
    ...tree.map(
      ({ name, options }) => `    ${name}) _arguments ${options.flatMap(specs).join(' ')} '*:word:_files' ;;`,
    ),
    '  esac',
    '}',
    // Either loaded by the completion system as a function of this name, or read with source.
    'if [[ $funcstack[1] == _ssh_sync ]]; then _ssh_sync "$@"; else compdef _ssh_sync ssh-sync; fi',
  ];
}

function fish(tree: readonly Node[]): string[] {
  const quote = (text: string): string => `'${text.replace(/['\\]/g, (found) => `\\${found}`)}'`;
  const value = ({ takesValue, values }: Flag): string => {
    if (!takesValue) return '';
    return values.length === 0 ? ' -r -F' : ` -x -a ${quote(values.join(' '))}`;
  };
  return [
    '# Completion of ssh-sync for fish.',
    'complete -c ssh-sync -f',
    ...tree.map(
      ({ name, description }) =>
        `complete -c ssh-sync -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
    ),
    ...tree.flatMap(({ name, options }) =>
      options.map((flag) => {
        const short = flag.short === undefined ? '' : ` -s ${flag.short.slice(1)}`;
        const seen = quote(`__fish_seen_subcommand_from ${name}`);
        return `complete -c ssh-sync -n ${seen}${short} -l ${flag.long.slice(2)}${value(flag)} -d ${quote(flag.description)}`;
      }),
    ),
  ];
}
