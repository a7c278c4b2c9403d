import { UsageError } from '@orrery/terminal';
import { completions } from '../completion.ts';
import type { Context } from '../context.ts';

/** `ssh-sync completion SHELL`: writes a script that the shell reads. Needs no account. */
export function completion({ terminal, words }: Context): Promise<number> {
  const [shell = ''] = words;
  const write = Object.entries(completions).find(([name]) => name === shell)?.[1];
  if (write === undefined)
    throw new UsageError(`Cannot complete for "${shell}": ${Object.keys(completions).join(', ')} expected`);
  const script = write();
  terminal.result('completion', { shell, script: script.join('\n') }, script);
  return Promise.resolve(0);
}
