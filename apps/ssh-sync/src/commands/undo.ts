import { listSnapshots, undo } from '@orrery/vault';
import { withHome } from '../account.ts';
import { flag, type Context } from '../context.ts';

/** `ssh-sync undo [NAME]` and `ssh-sync undo --list` */
export function undoLast(context: Context): Promise<number> {
  if (flag(context.options, 'list')) return list({ ...context, dryRun: true });
  return withHome(context, async (home) => {
    const { terminal, place, words, dryRun } = context;
    const [name] = words;
    const question = `Restore ${name === undefined ? 'all files of the last sync' : `"${name}"`} in "${place.folder}"?`;
    if (!dryRun && !(await terminal.confirm({ question, flag: '--yes' }))) return 1;
    const undone = undo(home, place.folder, name, dryRun);
    const would = dryRun ? 'would be ' : '';
    terminal.result(dryRun ? 'plan' : 'undone', undone, [
      ...undone.restored.map((file) => `${file}: ${would}restored`),
      ...undone.removed.map((file) => `${file}: ${would}removed, as it was not there before`),
      ...(dryRun ? [] : ['The next sync takes this to your other machines. To undo this: ssh-sync undo']),
    ]);
    return 0;
  });
}

function list(context: Context): Promise<number> {
  return withHome(context, async (home) => {
    const { terminal } = context;
    const rows = listSnapshots(home).map((snapshot) =>
      'damaged' in snapshot
        ? [snapshot.id, '', `damaged: ${snapshot.damaged.message}`]
        : [snapshot.id, snapshot.label, snapshot.names.join(', ')],
    );
    const columns = ['SNAPSHOT', 'BEFORE', 'FILES'];
    terminal.result('snapshots', { snapshots: rows }, await terminal.table(columns, rows));
    return 0;
  });
}
