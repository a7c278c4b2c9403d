// RFC 4254, section 8: the modes of the client's terminal, as arguments of stty(1).
import type { TerminalModes } from '@orrery/ssh';

/** Characters, by the names of the modes. */
const characters: Readonly<Record<string, string>> = {
  VINTR: 'intr',
  VQUIT: 'quit',
  VERASE: 'erase',
  VKILL: 'kill',
  VEOF: 'eof',
  VEOL: 'eol',
  VEOL2: 'eol2',
  VSTART: 'start',
  VSTOP: 'stop',
  VSUSP: 'susp',
  VREPRINT: 'rprnt',
  VWERASE: 'werase',
  VLNEXT: 'lnext',
  VDISCARD: 'discard',
};

/** Flags that stty calls by the same name in lower case. */
const flags = new Set(
  `IGNPAR PARMRK INPCK ISTRIP INLCR IGNCR ICRNL IUCLC IXON IXANY IXOFF IMAXBEL IUTF8 ISIG ICANON XCASE ECHO ECHOE
   ECHOK ECHONL NOFLSH TOSTOP IEXTEN ECHOCTL ECHOKE OPOST OLCUC ONLCR OCRNL ONOCR ONLRET CS7 CS8 PARENB PARODD`.split(
    /\s+/,
  ),
);

/** The value that disables a character. */
const DISABLED = 255;

export function sttyArguments(modes: TerminalModes): string[] {
  return Object.entries(modes).flatMap(([name, value]) => {
    if (typeof value !== 'number') return [];
    const character = characters[name];
    if (character !== undefined) return [character, characterText(value)];
    if (!flags.has(name)) return [];
    // The size of a character is a choice: not to have one of them says nothing.
    if (/^CS\d$/.test(name)) return value === 0 ? [] : [name.toLowerCase()];
    return [`${value === 0 ? '-' : ''}${name.toLowerCase()}`];
  });
}

/** A digit alone would be the character that it is. */
function characterText(code: number): string {
  if (code === DISABLED) return 'undef';
  return code < 32 ? `^${String.fromCharCode(code + 64)}` : String(code);
}
