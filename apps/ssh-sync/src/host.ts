import { UsageError } from '@orrery/terminal';
import { showFirst, type PendingLine, type Remark, type SyncHost } from '@orrery/vault';
import { flag, text, type Context } from './context.ts';

const ANSWERS = {
  overwrite: 'overwrite',
  skip: 'skip it',
  duplicate: 'save as NAME.duplicate',
} as const;
export type Answer = keyof typeof ANSWERS;

/** How a command answers what a sync asks: by flags, or by asking the person. */
export function makeHost(context: Context, answers: readonly Answer[] = []): SyncHost {
  const { terminal, options, dryRun } = context;
  const given = text(options, 'onConflict');
  const chosen = answers.find((answer) => answer === given);
  if (given !== undefined && chosen === undefined)
    throw new UsageError(`Cannot use --on-conflict "${given}": ${answers.join(', ')} expected`);
  return {
    accept: (lines, remarks) => acceptLines(context, lines, remarks),
    async decide(decision) {
      if (chosen !== undefined) return chosen;
      // Not why: that tells what a sync would do, and here the person decides.
      const differs = `"${decision.name}" differs here and on the server`;
      if (dryRun) {
        terminal.note(`${differs}: you would be asked`);
        return 'skip';
      }
      return terminal.choose({
        question: `${differs}: what shall be done?`,
        flag: `--on-conflict ${answers.join('|')}`,
        choices: answers.map((value) => ({ value, label: ANSWERS[value] })),
        preselected: 'skip',
      });
    },
  };
}

/** Shows all lines that need acceptance together and asks once. `--yes` is no answer. */
async function acceptLines(
  { terminal, options, dryRun }: Context,
  lines: readonly PendingLine[],
  remarks: readonly Remark[],
): Promise<boolean> {
  if (flag(options, 'acceptCommands')) return true;
  if (dryRun || !terminal.interactive) return false;
  for (const { name, text: remark } of remarks) terminal.warn(`${name}: ${remark}`);
  terminal.showBlock(
    'These changes come from another machine and need your consent:',
    describeLines(showFirst(lines)),
  );
  return terminal.confirm({
    question: 'Accept all of these changes?',
    flag: '--accept-commands',
    yesAnswers: false,
    typed: true,
  });
}

/** The lines in need of consent that are shown, and a word about the rest. */
export function describeLines({ lines, more }: ReturnType<typeof showFirst>): string[] {
  const rest =
    more === undefined ? [] : [`... and ${more} more lines; these ${lines.length} can do the most`];
  return [...lines.map(describeLine), ...rest];
}

/** A line in need of consent, in one line. */
function describeLine({ name, where, line, change, reason }: PendingLine): string {
  const place = where === '' || where === name ? name : `${name}, ${where}`;
  const look = line.startsWith('the whole file') ? '; to see what changes: ssh-sync diff' : '';
  return `${change === 'added' ? '+' : '-'} ${place}: ${line.trim()}  (${reason}${look})`;
}
