import { RestoredServerError, openClient, openNewEpoch, syncUnlessAtRest, type Client } from '@orrery/vault';
import { remoteEvents, settle, withAccount, withHome } from '../account.ts';
import { flag, type Context } from '../context.ts';
import { makeHost } from '../host.ts';
import { namesOf } from '../include.ts';
import { counted } from '../plural.ts';
import { printReport } from '../report.ts';

/** `ssh-sync sync` */
export async function sync(context: Context): Promise<number> {
  const lost = flag(context.options, 'restoreServer') && (await restoreServer(context));
  // Without the lost entries nobody knows what a sync would do.
  if (lost && context.dryRun) return 0;
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
      include: namesOf(context),
    },
    makeHost(context),
  );
  return printReport(context, report, 'both');
}

/** Gives a restored server its lost entries back, before the ordinary sync. True if it had lost any. */
function restoreServer(context: Context): Promise<boolean> {
  const { terminal, dryRun, options } = context;
  return withHome(context, async (home) => {
    const client = await openClient(home, remoteEvents(context), !dryRun);
    const { session } = client;
    try {
      await session.refresh();
      terminal.note('the server has lost nothing');
      return false;
    } catch (cause) {
      if (!(cause instanceof RestoredServerError)) throw cause;
    }
    if (dryRun) {
      terminal.result('plan', { restores: true }, ['would give the server back the entries that it lost']);
      return true;
    }
    const count = await session.restoreServer();
    terminal.event('restored', { entries: count });
    terminal.note(
      `gave the server back ${counted(count, 'entry', 'entries')}; what they name is encrypted under a new key`,
    );
    await openNewEpoch(session, []);
    await settle({ ...context, options: { ...options, fromLastSeen: true } }, client);
    return true;
  });
}
