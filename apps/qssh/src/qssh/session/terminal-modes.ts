// The modes and the size of the user's terminal, which the other side's terminal begins with (RFC 4254, section 8).
import { spawnSync } from 'node:child_process';
import type { TerminalMode, TerminalModes, TerminalSize } from '@orrery/ssh';

/** stty's names for characters that have other names in the protocol. */
const characters: Readonly<Record<string, TerminalMode>> = {
  intr: 'VINTR',
  quit: 'VQUIT',
  erase: 'VERASE',
  kill: 'VKILL',
  eof: 'VEOF',
  eol: 'VEOL',
  eol2: 'VEOL2',
  start: 'VSTART',
  stop: 'VSTOP',
  susp: 'VSUSP',
  rprnt: 'VREPRINT',
  werase: 'VWERASE',
  lnext: 'VLNEXT',
  discard: 'VDISCARD',
};

const flags: readonly TerminalMode[] = [
  ...(['IGNPAR', 'PARMRK', 'INPCK', 'ISTRIP', 'INLCR', 'IGNCR', 'ICRNL', 'IUCLC', 'IXON', 'IXANY'] as const),
  ...(['IXOFF', 'IMAXBEL', 'IUTF8', 'ISIG', 'ICANON', 'XCASE', 'ECHO', 'ECHOE', 'ECHOK', 'ECHONL'] as const),
  ...([
    'NOFLSH',
    'TOSTOP',
    'IEXTEN',
    'ECHOCTL',
    'ECHOKE',
    'PENDIN',
    'OPOST',
    'OLCUC',
    'ONLCR',
    'OCRNL',
  ] as const),
  ...(['ONOCR', 'ONLRET', 'CS7', 'CS8', 'PARENB', 'PARODD'] as const),
];

/** The modes and the size of the terminal on standard input; none and 0 if they cannot be learnt. */
export function localTerminal(): { readonly modes: TerminalModes; readonly size: TerminalSize } {
  const text = describeTerminal();
  return { modes: parseStty(text), size: parseSize(text) };
}

/** The size of the terminal on standard input now: standard output may lead elsewhere. */
export function localTerminalSize(): TerminalSize {
  return parseSize(describeTerminal());
}

/** `rows 24; columns 80`, or the other way round as BSD has it. */
function parseSize(text: string): TerminalSize {
  const number = (found: RegExpExecArray | null): number => Number(found?.[1] ?? found?.[2] ?? 0);
  const rows = number(/\brows (\d{1,5})|\b(\d{1,5}) rows/.exec(text));
  const columns = number(/\bcolumns (\d{1,5})|\b(\d{1,5}) columns/.exec(text));
  return { columns, rows, width: 0, height: 0 };
}

function describeTerminal(): string {
  const { stdout, status } = spawnSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'ignore'] });
  return status === 0 ? stdout.toString('latin1') : '';
}

/** Reads what `stty -a` prints: `intr = ^C;`, `-echo`, `speed 38400 baud`. */
export function parseStty(text: string): TerminalModes {
  const modes: Partial<Record<TerminalMode, number>> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([a-z]\w*) = ([^;]+);/g)) {
    const mode = characters[name];
    if (mode !== undefined) modes[mode] = characterCode(value);
  }
  const words = new Set(text.split(/[\s;]+/));
  for (const flag of flags) {
    const name = flag.toLowerCase();
    if (words.has(name)) modes[flag] = 1;
    else if (words.has(`-${name}`)) modes[flag] = 0;
  }
  const speed = Number(/speed (\d{1,9}) baud/.exec(text)?.[1] ?? 0);
  if (speed > 0) Object.assign(modes, { TTY_OP_ISPEED: speed, TTY_OP_OSPEED: speed });
  return modes;
}

/** `^C`, `M-^?`, `<undef>`, or the character itself; 255 is none. */
function characterCode(text: string): number {
  if (text === '<undef>') return 255;
  const [, meta, control, plain] = /^(M-)?(?:\^(.)|(.))$/.exec(text) ?? [];
  const low =
    control === undefined
      ? (plain?.charCodeAt(0) ?? 255)
      : control === '?'
        ? 127
        : control.charCodeAt(0) & 0x1f;
  return meta === undefined ? low : low | 0x80;
}
