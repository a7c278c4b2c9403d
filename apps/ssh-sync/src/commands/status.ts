import {
  fingerprint,
  isRekeying,
  presentEpoch,
  syncFolder,
  type Client,
  type Preview,
  type Report,
  type SyncHost,
} from '@orrery/vault';
import { withAccount } from '../account.ts';
import type { Context } from '../context.ts';
import { differences } from '../differences.ts';
import { describeLines, makeHost } from '../host.ts';
import { counted } from '../plural.ts';

/** `ssh-sync status`: what a sync would do, and where the ledger stands; nothing is written. */
export function status(context: Context): Promise<number> {
  return look(context, (client, report) => {
    const { terminal } = context;
    const fields = ledgerFields(client);
    terminal.result('status', { ...fields, ...report }, [
      `account "${client.account.username}" (${fields.account}) at ${client.account.server}`,
      `head ${fields.head.number} ${fields.head.hash}`,
      ...warnings(client),
      ...plan(report),
    ]);
    return Promise.resolve();
  });
}

/** `ssh-sync diff`: the same with the lines that would change. */
export function diff(context: Context): Promise<number> {
  const previews: Preview[] = [];
  const show = (_client: Client, report: Report): Promise<void> => {
    const named = previews.map(({ name, where, secret }) => ({ name, where, secret }));
    const waiting = report.withheld.flatMap(({ lines }) => lines);
    context.terminal.result(
      'diff',
      { changes: named, withheld: report.withheld },
      previews.flatMap((preview) => differences(preview, waiting)),
    );
    return Promise.resolve();
  };
  return look(context, show, (changes) => void previews.splice(0, previews.length, ...changes));
}

function look(
  context: Context,
  show: (client: Client, report: Report) => Promise<void>,
  preview?: NonNullable<SyncHost['preview']>,
): Promise<number> {
  const dry: Context = { ...context, dryRun: true };
  return withAccount(dry, async (client) => {
    const options = { direction: 'both', dryRun: true, allowDeletions: true, include: [] } as const;
    const host = preview === undefined ? makeHost(dry) : { ...makeHost(dry), preview };
    const report = await syncFolder(client, context.place, options, host);
    await show(client, report);
    return 0;
  });
}

function ledgerFields({ session }: Client): {
  account: string;
  head: { number: number; hash: string };
  epoch: number;
  device: string;
} {
  const { state, device } = session;
  return {
    account: fingerprint(state.account),
    head: { number: state.head.number, hash: fingerprint(state.head.hash) },
    epoch: presentEpoch(state).epoch,
    device: fingerprint(device.id),
  };
}

function warnings({ session: { state } }: Client): string[] {
  const { epoch } = presentEpoch(state);
  return [
    ...(state.departed || isRekeying(state) ? ['a rotation is not finished: the next sync finishes it'] : []),
    ...(state.classicEpoch === epoch
      ? ['a classic machine can read this account: it is not post-quantum']
      : []),
    ...(state.classicEpoch !== undefined && state.classicEpoch < epoch
      ? [
          `up to epoch ${state.classicEpoch} keys were wrapped for a classic machine: what was stored then was not post-quantum`,
        ]
      : []),
  ];
}

function plan(report: Report): string[] {
  return [
    ...report.decisions.map(({ name, action, why }) => `${name}: ${ACTIONS[action]} (${why})`),
    ...report.withheld.flatMap(({ name, ...shown }) => [
      `${name}: needs your consent (--accept-commands) for:`,
      ...describeLines(shown).map((line) => `  ${line}`),
    ]),
    ...report.remarks.map(({ name, text: remark }) => `${name}: ${remark}`),
    ...report.subfolders.map((name) => `${name}/: a subfolder, not synced`),
    ...report.includedFolders.map((name) => `config: an Include points into ${name}/, which is not synced`),
    ...(report.massDeletion === undefined
      ? []
      : [
          `a sync would stop: ${report.massDeletion}`,
          'to have the files here again: ssh-sync download; if the deletion is meant: ssh-sync sync --delete',
        ]),
    report.decisions.length === 0
      ? 'everything is in step'
      : counted(report.decisions.length, 'file differs', 'files differ'),
  ];
}

const ACTIONS: Readonly<Record<Report['decisions'][number]['action'], string>> = {
  same: 'nothing to do',
  upload: 'to be uploaded',
  download: 'to be downloaded',
  merge: 'to be merged',
  conflict: 'in conflict',
  'delete-local': 'to be deleted here',
  'delete-remote': 'to be deleted on the server',
};
