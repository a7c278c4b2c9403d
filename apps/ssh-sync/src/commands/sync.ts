import { RestoredServerError, openClient, syncUnlessAtRest, type Client } from '@orrery/vault';
import { remoteEvents, settle, withAccount, withHome } from '../account.ts';
import { flag, texts, type Context } from '../context.ts';
import { makeHost } from '../host.ts';
import { printReport } from '../report.ts';

/** `ssh-sync sync` */
export async function sync(context: Context): Promise<number> {
  if (flag(context.options, 'restoreServer')) await restoreServer(context);
  return withAccount(context, (client) => syncNow(context, client));
}

async function syncNow(context: Context, client: Client): Promise<number> {
  const { options, dryRun, place, safeFolder } = context;
  if (!dryRun) await settle(context, client);
  const report = await syncUnlessAtRest(
    client,
    place,
    {
      direction: 'both',
      dryRun,
      ...(flag(options, 'safeMode') ? { safeFolder } : {}),
      allowDeletions: flag(options, 'delete'),
      include: texts(options, 'include'),
    },
    makeHost(context),
  );
  return printReport(context, report, 'Sync');
}

/** Gives a restored server its lost entries back, before the ordinary sync. */
function restoreServer(context: Context): Promise<void> {
  return withHome(context, async (home) => {
    const client = await openClient(home, remoteEvents(context), true);
    try {
      await client.session.refresh();
      context.terminal.note('the server has lost nothing');
    } catch (cause) {
      if (!(cause instanceof RestoredServerError)) throw cause;
      const count = await client.session.restoreServer();
      context.terminal.event('restored', { entries: count });
      context.terminal.note(`gave the server back ${count} entries`);
    }
  });
}
