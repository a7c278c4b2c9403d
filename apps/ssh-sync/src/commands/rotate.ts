import { ExpectedError } from '@orrery/terminal';
import {
  fingerprint,
  isRekeying,
  migrateDevice,
  openClient,
  openNewEpoch,
  presentEpoch,
  findMember,
  type Client,
} from '@orrery/vault';
import { remoteEvents, settle, withAccount } from '../account.ts';
import type { Context } from '../context.ts';
import { counted } from '../plural.ts';

/** `ssh-sync rotate-master-key`: a new epoch, and everything encrypted under it. */
export function rotateMasterKey(context: Context): Promise<number> {
  return withAccount(context, async (client) => {
    const { terminal, dryRun } = context;
    const { session } = client;
    const resumes = isRekeying(session.state) || session.state.departed;
    if (!dryRun) {
      if (!resumes) {
        if (!(await terminal.confirm({ question: 'Encrypt everything under a new key?', flag: '--yes' })))
          return 1;
        await openNewEpoch(session, []);
      } else terminal.note('ending the rotation that was begun before');
      await settle(context, client);
    }
    // A dry run has not opened the next one.
    const begins = dryRun && !isRekeying(session.state);
    const epoch = presentEpoch(session.state).epoch + (begins ? 1 : 0);
    const objects = session.state.live.size;
    terminal.result(dryRun ? 'plan' : 'rotated', { epoch, objects, resumed: resumes }, [
      dryRun
        ? `would encrypt ${counted(objects, 'object')} under a new key`
        : `The account is in epoch ${epoch}. Other machines follow at their next sync.`,
    ]);
    return 0;
  });
}

/** `ssh-sync migrate`: this machine's classic keys give way to post-quantum ones. */
export function migrate(context: Context): Promise<number> {
  return withAccount(context, async (client) => {
    const { terminal, dryRun } = context;
    if (client.session.device.suite.postQuantum) {
      const interrupted = isRekeying(client.session.state) && !dryRun;
      if (interrupted) await settle(context, client);
      terminal.result('migrated', { device: fingerprint(client.session.device.id), already: true }, [
        interrupted ? 'The migration is complete.' : 'This machine is post-quantum already.',
      ]);
      return 0;
    }
    if (dryRun) {
      terminal.result('plan', {}, [
        'would replace the keys of this machine by post-quantum ones and rotate the master key',
      ]);
      return 0;
    }
    if (
      !(await terminal.confirm({
        question: 'Replace the keys of this machine by post-quantum ones?',
        flag: '--yes',
      }))
    )
      return 1;
    await settle(context, client);
    const next = await migrateDevice(client.home, client.session, machineOf(client));
    await settle(context, await openClient(client.home, remoteEvents(context), true));
    terminal.result('migrated', { device: fingerprint(next.id), suite: next.suite.name }, [
      `This machine is post-quantum now (${next.suite.name}), with fingerprint ${fingerprint(next.id)}.`,
    ]);
    return 0;
  });
}

function machineOf({ session }: Client): string {
  const member = findMember(session.state, session.device.id);
  if (member === undefined) throw new ExpectedError('Cannot migrate: this machine is not in the ledger');
  return member.name;
}
