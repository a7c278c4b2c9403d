import { equal } from '@orrery/bytes';
import { deriveRoom, parsePhrase, PhraseError, Room, RoomError } from '@orrery/rendezvous';
import { ExpectedError, UsageError } from '@orrery/terminal';
import {
  admitNewcomer,
  deviceId,
  fingerprint,
  HttpRelay,
  Label,
  meetNewcomer,
  presentMembers,
  refuseNewcomer,
  suiteOf,
  type Client,
  type Hello,
} from '@orrery/vault';
import { demandSetUp, settle, withAccount } from '../account.ts';
import { flag, type Context } from '../context.ts';

/** Milliseconds for which the newcomer's message may keep this machine waiting: it is written before the phrase is shown. */
const PATIENCE = 20_000;

/** `ssh-sync challenge-response`: admits the machine that shows this phrase. */
export async function challengeResponse(context: Context): Promise<number> {
  demandSetUp(context);
  const { words } = context;
  const phrase = words.length > 0 ? await readPhrase(words.join(' ')) : await askPhrase(context);
  return withAccount(context, (client) => admit(context, client, phrase));
}

/** Asks until the words are a phrase: a typo is no reason to begin anew. */
async function askPhrase({ terminal }: Context): Promise<string> {
  const question = 'The six words that the other machine shows';
  for (;;) {
    const typed = await terminal.ask({ question, flag: 'the six words behind the command' });
    try {
      return await parsePhrase(typed);
    } catch (cause) {
      if (!(cause instanceof PhraseError)) throw cause;
      terminal.warn(cause.message);
    }
  }
}

async function readPhrase(text: string): Promise<string> {
  try {
    return await parsePhrase(text);
  } catch (cause) {
    if (cause instanceof PhraseError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

async function admit(context: Context, client: Client, phrase: string): Promise<number> {
  const { terminal, dryRun } = context;
  const { account, session } = client;
  const room = new Room(
    new HttpRelay(new URL(account.server)),
    await deriveRoom(phrase, Label.room, account.username),
    'admitter',
  );
  const met = await meet(room, account.username);
  await demandFreeName(client, room, met);
  demandSuite(context, client, met.hello);
  showNewcomer(context, client, met.hello);
  if (dryRun) {
    terminal.result('plan', { machine: met.hello.name }, [`would admit "${met.hello.name}"`]);
    return 0;
  }
  if (
    !(await terminal.confirm({
      question: `Admit "${met.hello.name}" to account "${account.username}"?`,
      flag: '--yes',
      typed: true,
    }))
  ) {
    await refuseNewcomer(session, room, met.bytes, `"${account.machine}" did not admit this machine`);
    throw new ExpectedError(`Cannot admit "${met.hello.name}": you said no`, { hint: 'nothing was changed' });
  }
  await settle(context, client);
  const by = await admitNewcomer(session, room, met, flag(context.options, 'allowClassic'));
  const isOurs = equal(by.id, session.device.id);
  const fields = {
    machine: met.hello.name,
    device: fingerprint(deviceId(met.hello.keys)),
    account: fingerprint(account.account),
    admittedBy: by.name,
  };
  terminal.result('admitted', fields, [
    isOurs
      ? `"${met.hello.name}" is now a machine of account "${account.username}".`
      : `"${met.hello.name}" is a machine of account "${account.username}" already: admitted by "${by.name}".`,
  ]);
  return 0;
}

type Met = Awaited<ReturnType<typeof meetNewcomer>>;

async function meet(room: Room, username: string): Promise<Met> {
  try {
    return await meetNewcomer(room, username, AbortSignal.timeout(PATIENCE));
  } catch (cause) {
    if (cause instanceof RoomError && cause.code === 'no-room')
      throw new ExpectedError(`Cannot find a machine of "${username}" with this phrase: no such room`, {
        hint: 'is it typed as the other machine shows it, for the same account and server, and not older than 10 minutes?',
      });
    throw cause;
  }
}

/** Names are how people tell their machines apart. */
async function demandFreeName({ session }: Client, room: Room, { hello, bytes }: Met): Promise<void> {
  // The newcomer itself is there already if its admission was interrupted after the entry.
  const taken = presentMembers(session.state).some(
    (member) =>
      member.name.toLowerCase() === hello.name.toLowerCase() && !equal(member.id, deviceId(hello.keys)),
  );
  if (!taken) return;
  await refuseNewcomer(
    session,
    room,
    bytes,
    `the account has a machine named "${hello.name}" already; run setup again with another --machine NAME`,
  );
  throw new ExpectedError(`Cannot admit "${hello.name}": the account has a machine of that name already`, {
    hint: 'run setup on the new machine again, with another --machine NAME',
  });
}

function demandSuite({ options }: Context, { session }: Client, hello: Hello): void {
  const classic = !suiteOf(hello.keys).postQuantum;
  const hybrid = presentMembers(session.state).some((member) => suiteOf(member.keys).postQuantum);
  if (classic && hybrid && !flag(options, 'allowClassic'))
    throw new ExpectedError(
      `Cannot admit "${hello.name}": its keys are not post-quantum, and those of this account are`,
      {
        hint: 'run setup without --classic there, or allow it here with --allow-classic: what is encrypted for it is not post-quantum',
      },
    );
}

function showNewcomer({ terminal }: Context, { account }: Client, hello: Hello): void {
  const fields = {
    machine: hello.name,
    device: fingerprint(deviceId(hello.keys)),
    suite: hello.keys.suite,
    account: fingerprint(account.account),
  };
  terminal.event('newcomer', fields);
  terminal.showBlock('A machine asks to be admitted:', [
    `machine "${fields.machine}" with fingerprint ${fields.device} (${fields.suite})`,
    `account "${account.username}" with fingerprint ${fields.account}`,
  ]);
}
