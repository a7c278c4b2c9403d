import { diff } from 'node:util';
import type { PendingLine, Preview } from '@orrery/vault';

/** Files with more lines than this are only named as different. */
const MAX_LINES = 5_000;

/**
 * A change as lines: `-` goes, `+` comes; unchanged lines are left out.
 * @param withheld Lines that wait for consent, of all files.
 */
export function differences(
  { name, where, before, after, secret }: Preview,
  withheld: readonly PendingLine[],
): readonly string[] {
  const place = where === 'here' ? 'here' : 'on the server';
  const waiting = where === 'here' ? withheld.filter((line) => line.name === name) : [];
  const head = `${name} (${place}${waiting.length > 0 ? ', waits for your consent' : ''})`;
  if (secret) return [`${head}: a private key ${verb(before, after)}; its bytes are not shown`];
  const [old, next] = [lines(before), lines(after)];
  if (old === undefined || next === undefined)
    return [`${head}: ${verb(before, after)}; not shown, as it is not text or too long`];
  const changed = diff(old, next).filter(([operation]) => operation !== 0);
  return [
    `${head}: ${verb(before, after)}`,
    ...changed.map(([operation, line]) => {
      const change = operation === 1 ? 'removed' : 'added';
      const pending = waiting.find(
        (item) => item.change === change && item.line.trim() === line.trim() && line.trim() !== '',
      );
      return `  ${SIGNS[change]} ${line}${pending === undefined ? '' : `  (needs your consent: ${pending.reason})`}`;
    }),
  ];
}

const SIGNS = { removed: '-', added: '+' } as const;

function verb(before: Uint8Array | undefined, after: Uint8Array | undefined): string {
  if (before === undefined) return 'is new';
  return after === undefined ? 'is deleted' : 'changes';
}

/** The lines of a text; a home directory that stored form only marks is shown as such. */
function lines(bytes: Uint8Array | undefined): string[] | undefined {
  if (bytes === undefined) return [];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\0home\0', '<home>');
    // What ends with a line break has no line behind that.
    const list = text.replace(/\n$/, '').split('\n');
    return text.includes('\0') || list.length > MAX_LINES ? undefined : list;
  } catch {
    return undefined;
  }
}
