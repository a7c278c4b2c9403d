import type { Remark, Report, SyncOptions } from '@orrery/vault';
import { SyncExit } from './exit-code.ts';
import { flag, type Context } from './context.ts';
import { describeLines } from './host.ts';

/** What belongs to the result; of anything else people are warned. */
const EXPECTED: ReadonlySet<Remark['kind']> = new Set(['conflict', 'skipped']);

const NAMES = { both: 'Sync', up: 'Upload', down: 'Download' } as const;

/** Says what a sync, upload or download did. Returns the exit code. */
export function printReport(
  { terminal, dryRun, options, safeFolder }: Context,
  report: Report,
  direction: SyncOptions['direction'],
): number {
  const { withheld, remarks, downloaded } = report;
  const name = NAMES[direction];
  for (const { name: file, text } of remarks.filter(({ kind }) => !EXPECTED.has(kind)))
    terminal.warn(`${file}: ${text}`);
  for (const { name: file, ...shown } of withheld) {
    terminal.event('withheld', { name: file, ...shown });
    terminal.note(`withheld ${file}: it stays as it is until you accept, with --accept-commands:`);
    for (const line of describeLines(shown)) terminal.note(`  ${line}`);
  }
  terminal.result(dryRun ? 'plan' : name.toLowerCase(), { ...report }, [
    ...moved(report, dryRun),
    `${name} ${dryRun ? 'would do' : 'complete'}: ${totals(report, direction)}.`,
    ...noteworthy(report, dryRun),
    ...conflicts(report),
  ]);
  if (flag(options, 'safeMode') && downloaded.length > 0)
    terminal.note(`what arrived ${dryRun ? 'would be' : 'is'} in "${safeFolder}"`);
  if (remarks.some(({ kind }) => kind === 'lost')) {
    terminal.note(
      'files that the server lost or altered were left as they are here: sync the machine that has them',
    );
    return SyncExit.untrusted;
  }
  if (remarks.some(({ kind }) => kind === 'refused'))
    terminal.note('for files that are not taken: rename or delete them on the machine that sent them');
  const isLeft = remarks.some(({ kind }) => kind === 'refused' || kind === 'blocked');
  return isLeft || withheld.length > 0 ? SyncExit.withheld : 0;
}

/** How many files went which way; only the ways that the command has. */
function totals(report: Report, direction: SyncOptions['direction']): string {
  const { uploaded, downloaded, skipped } = report;
  const duplicated = report.remarks.filter(({ kind }) => kind === 'duplicate').length;
  const [up, down] = [`${uploaded.length} uploaded`, `${downloaded.length - duplicated} downloaded`];
  switch (direction) {
    case 'both':
      return `${up}, ${down}, ${skipped} skipped`;
    case 'up':
      return `${up}, ${skipped} skipped`;
    case 'down':
      return `${down}, ${skipped} skipped, ${duplicated} duplicated`;
  }
}

/** A line for each file that simply went one way. */
function moved({ uploaded, downloaded, merged }: Report, dryRun: boolean): string[] {
  const would = dryRun ? 'would be ' : '';
  const single = (name: string): boolean => !merged.includes(name);
  return [
    ...uploaded.filter(single).map((name) => `${name}: ${would}uploaded`),
    ...downloaded.filter(single).map((name) => `${name}: ${would}downloaded`),
  ];
}

/** A line for each merge and deletion. */
function noteworthy(report: Report, dryRun: boolean): string[] {
  const would = dryRun ? 'would be ' : '';
  return [
    ...report.merged.map((name) => `${name}: ${would}merged`),
    ...report.deletedHere.map((name) => `${name}: ${would}deleted here, as on another machine`),
    ...report.deletedOnServer.map((name) => `${name}: ${would}deleted on the server, as here`),
  ];
}

/** A line for each conflict, with what was kept of two versions, and for each file that was skipped. */
function conflicts({ remarks }: Report): string[] {
  return remarks
    .filter(({ kind }) => EXPECTED.has(kind))
    .map(({ name, kind, text }) => `${name}: ${kind === 'conflict' ? 'conflict: ' : ''}${text}`);
}
