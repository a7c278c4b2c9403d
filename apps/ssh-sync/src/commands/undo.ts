import { listSnapshots, snapshotNumber, undo, type Restorable, type Undone } from '@orrery/vault';
import { withHome } from '../account.ts';
import { UsageError } from '@orrery/terminal';
import { flag, text, type Context } from '../context.ts';
import { localTime, utcTime } from '../time.ts';

/** `ssh-sync undo [NAME]` and `ssh-sync undo --list` */
export function undoLast(context: Context): Promise<number> {
  if (flag(context.options, 'list')) return list({ ...context, dryRun: true });
  return withHome(context, async (home) => {
    const { terminal, place, words, dryRun } = context;
    const [name] = words;
    const options = { name, snapshot: numberOf(context) };
    const planned = undo(home, place.folder, { ...options, dryRun: true });
    const snapshot = listSnapshots(home).find(({ id }) => id === planned.id);
    if (!dryRun) {
      terminal.showBlock(`In "${place.folder}":`, filesOf(planned, 'to be '));
      const question = `Bring back what was there before ${momentOf(snapshot)}?`;
      if (!(await terminal.confirm({ question, flag: '--yes' }))) return 1;
    }
    const undone = dryRun ? planned : undo(home, place.folder, options);
    terminal.result(dryRun ? 'plan' : 'undone', undone, [
      ...filesOf(undone, dryRun ? 'would be ' : ''),
      ...(dryRun ? [] : consequences(undone)),
    ]);
    return 0;
  });
}

/** The snapshot that --snapshot names. @throws {UsageError} */
function numberOf({ options }: Context): number | undefined {
  const number = text(options, 'snapshot');
  if (number === undefined) return undefined;
  if (/^\d{1,9}$/.test(number)) return Number(number);
  throw new UsageError(`Cannot use --snapshot "${number}": a number expected`, {
    hint: 'the numbers are in the first column of: ssh-sync undo --list',
  });
}

function filesOf({ restored, removed }: Undone, would: string): string[] {
  return [
    ...restored.map((file) => `${file}: ${would}restored`),
    ...removed.map((file) => `${file}: ${would}removed, as it was not there before`),
  ];
}

/** What the next sync makes of it: to the other machines an undo is an edit like any other. */
function consequences({ restored, removed }: Undone): string[] {
  return [
    ...(restored.length === 0
      ? []
      : ['The next sync uploads what was restored, and your other machines take it over.']),
    ...(removed.length === 0
      ? []
      : [
          'The next sync deletes what was removed, on the server and on your other machines;',
          'more than half of all files only with --delete.',
        ]),
    'To have it back as it was before this undo: ssh-sync undo',
    "To have the server's files instead: ssh-sync download",
  ];
}

/** `the sync of 2026-11-21 14:03` */
function momentOf(snapshot: Restorable | undefined): string {
  if (snapshot === undefined || 'damaged' in snapshot) return 'that';
  return `the ${commandOf(snapshot.label)} of ${localTime(secondsOf(snapshot))}`;
}

function list(context: Context): Promise<number> {
  return withHome(context, async (home) => {
    const { terminal } = context;
    const snapshots = listSnapshots(home);
    const rows = snapshots.map((snapshot) => [
      String(snapshotNumber(snapshot.id)),
      localTime(secondsOf(snapshot)),
      ...('damaged' in snapshot
        ? ['', '', `damaged: ${snapshot.damaged.message}`]
        : [commandOf(snapshot.label), folderOf(snapshot.label), snapshot.names.join(', ')]),
    ]);
    const lines = await terminal.table(['NUMBER', 'TAKEN', 'BEFORE', 'IN', 'FILES'], rows);
    terminal.result('snapshots', { snapshots: snapshots.map(toJson) }, lines);
    return 0;
  });
}

function toJson(snapshot: Restorable): object {
  const common = {
    id: snapshot.id,
    number: snapshotNumber(snapshot.id),
    taken: utcTime(secondsOf(snapshot)),
  };
  if ('damaged' in snapshot) return { ...common, damaged: snapshot.damaged.message };
  const { label, names } = snapshot;
  return { ...common, command: commandOf(label), folder: folderOf(label), files: names };
}

function secondsOf({ takenAt }: Restorable): number {
  return Math.floor(takenAt.getTime() / 1000);
}

/** A label is the command, a blank and the folder. */
function commandOf(label: string): string {
  return label.slice(0, label.indexOf(' '));
}

function folderOf(label: string): string {
  return label.slice(label.indexOf(' ') + 1);
}
