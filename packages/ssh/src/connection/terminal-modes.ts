// RFC 4254, section 8: the modes of a terminal, as a stream of opcodes and values.
import { Reader, Writer } from '@orrery/bytes';

/** Section 8, with IUTF8 of RFC 8160. The speeds are in bits per second. */
const MODES = [
  ['VINTR', 1],
  ['VQUIT', 2],
  ['VERASE', 3],
  ['VKILL', 4],
  ['VEOF', 5],
  ['VEOL', 6],
  ['VEOL2', 7],
  ['VSTART', 8],
  ['VSTOP', 9],
  ['VSUSP', 10],
  ['VDSUSP', 11],
  ['VREPRINT', 12],
  ['VWERASE', 13],
  ['VLNEXT', 14],
  ['VFLUSH', 15],
  ['VSWTCH', 16],
  ['VSTATUS', 17],
  ['VDISCARD', 18],
  ['IGNPAR', 30],
  ['PARMRK', 31],
  ['INPCK', 32],
  ['ISTRIP', 33],
  ['INLCR', 34],
  ['IGNCR', 35],
  ['ICRNL', 36],
  ['IUCLC', 37],
  ['IXON', 38],
  ['IXANY', 39],
  ['IXOFF', 40],
  ['IMAXBEL', 41],
  ['IUTF8', 42],
  ['ISIG', 50],
  ['ICANON', 51],
  ['XCASE', 52],
  ['ECHO', 53],
  ['ECHOE', 54],
  ['ECHOK', 55],
  ['ECHONL', 56],
  ['NOFLSH', 57],
  ['TOSTOP', 58],
  ['IEXTEN', 59],
  ['ECHOCTL', 60],
  ['ECHOKE', 61],
  ['PENDIN', 62],
  ['OPOST', 70],
  ['OLCUC', 71],
  ['ONLCR', 72],
  ['OCRNL', 73],
  ['ONOCR', 74],
  ['ONLRET', 75],
  ['CS7', 90],
  ['CS8', 91],
  ['PARENB', 92],
  ['PARODD', 93],
  ['TTY_OP_ISPEED', 128],
  ['TTY_OP_OSPEED', 129],
] as const;

export type TerminalMode = (typeof MODES)[number][0];

/** What is absent is left as it is. Characters are their codes, 255 for none; flags are 0 or 1. */
export type TerminalModes = Readonly<Partial<Record<TerminalMode, number>>>;

const END = 0;
/** Opcodes from here on have no known form: reading stops there. */
const FIRST_UNKNOWN = 160;

const names: ReadonlyMap<number, TerminalMode> = new Map(MODES.map(([name, opcode]) => [opcode, name]));

/** @throws {RangeError} for a value that is no uint32. */
export function encodeTerminalModes(modes: TerminalModes): Uint8Array {
  const writer = new Writer();
  for (const [name, opcode] of MODES) {
    const value = modes[name];
    if (value !== undefined) writer.byte(opcode).uint32(value);
  }
  return writer.byte(END).finish();
}

/** Modes without a name here are left out. @throws {FormatError} if a value is cut off. */
export function decodeTerminalModes(bytes: Uint8Array): TerminalModes {
  const reader = new Reader(bytes);
  const modes: Partial<Record<TerminalMode, number>> = {};
  while (reader.remaining > 0) {
    const opcode = reader.byte();
    if (opcode === END || opcode >= FIRST_UNKNOWN) break;
    const value = reader.uint32();
    const name = names.get(opcode);
    if (name !== undefined) modes[name] = value;
  }
  return modes;
}
