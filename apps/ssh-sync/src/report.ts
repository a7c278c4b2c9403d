import type { Report } from '@orrery/vault';
import { SyncExit } from './exit-code.ts';
import type { Context } from './context.ts';
import { describeLine } from './host.ts';

/** Says what a sync, upload or download did. Returns the exit code. */
export function printReport({ terminal, dryRun }: Context, report: Report, name: string): number {
  const { uploaded, downloaded, skipped, withheld, remarks } = report;
  for (const remark of remarks) terminal.warn(`${remark.name}: ${remark.text}`);
  for (const { name: file, lines } of withheld) {
    terminal.event('withheld', { name: file, lines });
    terminal.note(`withheld ${file}: it stays as it is until you accept, with --accept-commands:`);
    for (const line of lines) terminal.note(`  ${describeLine(line)}`);
  }
  terminal.result(dryRun ? 'plan' : name.toLowerCase(), { ...report }, [
    ...detail(report, dryRun),
    `${name} ${dryRun ? 'would do' : 'complete'}: ${uploaded.length} uploaded, ${downloaded.length} downloaded, ${skipped} skipped.`,
  ]);
  return withheld.length > 0 ? SyncExit.withheld : 0;
}

function detail(report: Report, dryRun: boolean): string[] {
  const would = dryRun ? 'would be ' : '';
  const merged = new Set(report.merged);
  const lines = (names: readonly string[], what: string): string[] =>
    names.filter((name) => !merged.has(name)).map((name) => `${name}: ${would}${what}`);
  return [
    ...lines(report.uploaded, 'uploaded'),
    ...lines(report.downloaded, 'downloaded'),
    ...report.merged.map((name) => `${name}: ${would}merged`),
    ...lines(report.deletedHere, 'deleted here, as on another machine'),
    ...lines(report.deletedOnServer, 'deleted on the server, as here'),
  ];
}
