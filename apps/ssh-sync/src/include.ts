import { checkFileName } from '@orrery/disk';
import { UsageError } from '@orrery/terminal';
import { texts, type Context } from './context.ts';

/** The names of --include. @throws {UsageError} for what no file of the folder can be called. */
export function namesOf({ options }: Context): readonly string[] {
  const names = texts(options, 'include');
  for (const name of names) {
    const refusal = checkFileName(name);
    if (refusal !== undefined)
      throw new UsageError(`Cannot use --include "${name}": ${refusal}`, {
        hint: 'the name of a file that lies directly in the synced folder is expected',
      });
  }
  return names;
}
