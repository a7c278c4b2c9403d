import { existsSync } from 'node:fs';
import { withLock } from '@orrery/disk';
import {
  findMember,
  finishRotation,
  Home,
  newsOf,
  NotSetUpError,
  openClient,
  readAccount,
  readReported,
  supplyFrom,
  writeReported,
  type Client,
  type News,
  type RemoteEvents,
  type Rotated,
} from '@orrery/vault';
import { flag, type Context } from './context.ts';
import { counted } from './plural.ts';
import { localTime, utcTime } from './time.ts';

/** Seconds that a command waits for another one of the same home. */
const LOCK_WAIT = 10;

/**
 * Does something with the state folder while no other ssh-sync writes there. What only looks needs no lock and leaves
 * no trace.
 */
export async function withHome<T>(context: Context, action: (home: Home) => Promise<T>): Promise<T> {
  // Only setup makes the folder: a look at a machine that is not set up leaves nothing behind.
  if (context.command !== 'setup' && !existsSync(context.home)) throw notSetUp(context);
  if (context.dryRun) {
    const seen = Home.look(context.home, context.place.home);
    warnOfKeys(context, seen);
    return action(seen);
  }
  const home = Home.open(context.home, context.place.home);
  warnOfKeys(context, home);
  const holder = `ssh-sync ${context.command}`;
  return withLock(home.lock, { holder, waitSeconds: LOCK_WAIT }, () => action(home));
}

/** As OpenSSH refuses a private key that others can read: here it is closed, and said. */
function warnOfKeys({ terminal }: Context, home: Home): void {
  for (const path of home.closeKeys())
    terminal.warn(
      `others could read "${path}"${home.writable ? ': now its mode is 0600' : ''}; if they may have: ssh-sync reset, then ssh-sync setup --existing make new keys`,
    );
}

/** Before anybody is asked for what could not be used. @throws {NotSetUpError} */
export function demandSetUp(context: Context): void {
  if (readAccount(Home.look(context.home, context.place.home)) === undefined) throw notSetUp(context);
}

function notSetUp({ home }: Context): NotSetUpError {
  return new NotSetUpError(`Cannot use "${home}": this machine is not set up`);
}

/** Opens the account and takes over the newest ledger; says what other machines did. */
export function withAccount<T>(context: Context, action: (client: Client) => Promise<T>): Promise<T> {
  return withHome(context, async (home) => {
    const client = await openClient(home, remoteEvents(context), !context.dryRun);
    await client.session.refresh();
    const told = reportNews(context, client);
    try {
      return await action(client);
    } finally {
      reportNews(context, client, told);
    }
  });
}

/** Warns once of a clock that the server does not share. */
export function remoteEvents({ terminal }: Context): RemoteEvents {
  return {
    clockDiffers(seconds) {
      const days = Math.abs(seconds) / 86_400;
      const distance = days >= 1 ? `${Math.round(days)} days` : `${Math.abs(seconds)} seconds`;
      terminal.warn(
        `the clock of this machine is ${distance} ${seconds > 0 ? 'behind' : 'ahead of'} the server's: check both`,
      );
    },
    serverBusy: (seconds) => terminal.note(`the server is busy: waiting ${seconds} s`),
  };
}

/** Brings the account to rest after a removal or an interrupted rotation, and says so. */
export async function settle(context: Context, client: Client): Promise<Rotated | undefined> {
  const { terminal, place, options } = context;
  const { departed } = client.session.state;
  const rotated = await finishRotation(client.home, client.session, {
    supply: supplyFrom(place),
    fromLastSeen: flag(options, 'fromLastSeen'),
  });
  if (rotated !== undefined) {
    terminal.event('rekeyed', { objects: rotated.resealed, lost: rotated.lost });
    terminal.note(`encrypted ${counted(rotated.resealed, 'object')} under the new key`);
    for (const name of rotated.lost)
      terminal.warn(`the server has lost the content of "${name}": sync the machine that has it`);
    if (rotated.lostHistory > 0)
      terminal.warn(`the server has lost ${counted(rotated.lostHistory, 'older version')}`);
  } else if (departed) terminal.note('the key was changed, because a machine had left');
  return rotated;
}

/**
 * Says what other machines did, each thing once: what was said is written down, so that neither a crash nor a command
 * that took entries over on its way can swallow an admission. What only looks writes nothing down, and so its caller
 * keeps the number that this returns, up to which all is told.
 */
function reportNews({ terminal, dryRun }: Context, { home, session }: Client, told = 0): number {
  const { state, device } = session;
  const written = readReported(home) ?? findMember(state, device.id)?.admitted.number ?? 0;
  const since = Math.max(told, written);
  if (since >= state.head.number) return since;
  for (const news of newsOf(state, session.history().slice(since + 1), device.id)) {
    terminal.event('news', { ...news, time: utcTime(news.time) });
    terminal.note(describe(news));
  }
  if (!dryRun) writeReported(home, state.head.number);
  return state.head.number;
}

function describe({ kind, by, machines, time }: News): string {
  const names = machines.map(({ name, fingerprint }) => `"${name}" (${fingerprint})`).join(', ');
  const when = localTime(time);
  switch (kind) {
    case 'admitted':
      return `"${by}" admitted ${names} on ${when}; if you do not know it: ssh-sync remove-machine NAME, and "${by}" too`;
    case 'removed':
      return `"${by}" removed ${names} on ${when}`;
    case 'left':
      return `"${by}" left the account on ${when}`;
    case 'migrated':
      return `"${by}" became post-quantum on ${when}, with new keys (${machines[0]?.fingerprint ?? 'unknown'})`;
    case 'rotated':
      return `"${by}" rotated the master key on ${when}`;
  }
}
