import type { Terminal } from '@orrery/terminal';
import { localTime } from './time.ts';

/** A machine as `list-machines` shows it. */
export interface MachineLine {
  readonly name: string;
  readonly thisMachine: boolean;
  readonly suite: string;
  readonly postQuantum: boolean;
  /** The name of a machine. */
  readonly admittedBy: string;
  /** Unix seconds. */
  readonly admitted: bigint;
  /** Unix seconds, as the server says. */
  readonly lastSeen: number | undefined;
  readonly fingerprint: string;
}

/** What every terminal is expected to show in one line. */
const COLUMNS = 80;

/** Characters of a fingerprint that tell the machines of one account apart. */
const ID_LENGTH = 6;

/** A line for each machine; several, with everything known of it, if that is wanted or the names are long. */
export async function machineLines(
  machines: readonly MachineLine[],
  everything: boolean,
  { table }: Pick<Terminal, 'table'>,
): Promise<readonly string[]> {
  const lines = everything ? [] : await table(HEADINGS, machines.map(rowOf));
  const isTable = !everything && lines.every((line) => line.length <= COLUMNS);
  return [...(isTable ? lines : machines.flatMap(blockOf)), '', ...(isTable ? [SHORTENED] : []), ...SOURCES];
}

const HEADINGS = ['  MACHINE', 'ADMITTED BY', 'ON', 'LAST SEEN', 'ID'];
const SHORTENED = 'The ID is how the fingerprint begins; -v shows all of it, and the algorithms.';
const SOURCES = [
  '"Last seen" is the word of the server; the rest is signed by your machines. A',
  'machine never seen may be an interrupted setup: remove it if you do not know it.',
];

function rowOf(machine: MachineLine): string[] {
  const { name, thisMachine, postQuantum, admittedBy, admitted, fingerprint } = machine;
  return [
    `${thisMachine ? '*' : ' '} ${name}${postQuantum ? '' : ' (classic)'}`,
    admittedBy,
    localTime(admitted),
    seenAt(machine),
    fingerprint.replace('SHA256:', '').slice(0, ID_LENGTH),
  ];
}

function blockOf(machine: MachineLine): string[] {
  const { name, thisMachine, suite, postQuantum, admittedBy, admitted, fingerprint } = machine;
  return [
    `${thisMachine ? '*' : ' '} ${name}`,
    `    fingerprint  ${fingerprint}`,
    `    algorithms   ${suite}${postQuantum ? '' : ' (classic, not post-quantum)'}`,
    `    admitted     ${localTime(admitted)} by ${admittedBy}`,
    `    last seen    ${seenAt(machine)}`,
  ];
}

function seenAt({ lastSeen }: MachineLine): string {
  return lastSeen === undefined ? 'never' : localTime(lastSeen);
}
