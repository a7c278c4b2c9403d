import { UsageError } from '@orrery/terminal';
import type { CommanderError } from 'commander';

/** What commander says of a command line, said as every other failure is; undefined if it has shown help instead. */
export function usageErrorOf({ message }: CommanderError): UsageError | undefined {
  const [what = '', suggestion] = message.replaceAll("'", '"').split('\n');
  if (!what.startsWith('error: ')) return undefined;
  const hint = /^\((.+)\)$/.exec(suggestion ?? '')?.[1] ?? 'ssh-sync help COMMAND tells what it takes';
  return new UsageError(`Cannot read the command line: ${what.slice('error: '.length).replace(/\.$/, '')}`, {
    hint,
  });
}
