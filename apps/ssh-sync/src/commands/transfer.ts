import { syncFolder, type SyncOptions } from '@orrery/vault';
import { settle, withAccount } from '../account.ts';
import { flag, type Context } from '../context.ts';
import { makeHost } from '../host.ts';
import { namesOf } from '../include.ts';
import { printReport } from '../report.ts';

/** `ssh-sync upload` */
export function upload(context: Context): Promise<number> {
  const host = makeHost(context, ['overwrite', 'skip']);
  return transfer(context, { direction: 'up' }, host);
}

/** `ssh-sync download` */
export function download(context: Context): Promise<number> {
  const host = makeHost(context, ['overwrite', 'skip', 'duplicate']);
  const safe = flag(context.options, 'safeMode') ? { safeFolder: context.safeFolder } : {};
  return transfer(context, { direction: 'down', ...safe }, host);
}

function transfer(
  context: Context,
  way: Pick<SyncOptions, 'direction' | 'safeFolder'>,
  host: ReturnType<typeof makeHost>,
): Promise<number> {
  const { dryRun, options, place } = context;
  return withAccount(context, async (client) => {
    if (!dryRun) await settle(context, client);
    const common = { dryRun, allowDeletions: flag(options, 'delete'), include: namesOf(context) };
    const report = await syncFolder(client, place, { ...way, ...common }, host);
    return printReport(context, report, way.direction);
  });
}
