import { DiskError } from '@orrery/disk';
import { RoomError } from '@orrery/rendezvous';
import { ExpectedError } from '@orrery/terminal';
import {
  DamagedStateError,
  LedgerError,
  LostObjectError,
  MalformedAnswerError,
  NotSetUpError,
  RemovedError,
  RestoredServerError,
  ServerError,
  TransportError,
  UnreadableViewError,
} from '@orrery/vault';
import { SyncExit } from './exit-code.ts';
import { describeUnreachable } from './unreachable.ts';

interface Advice {
  /** In place of the error's own. */
  readonly message?: string;
  readonly hint?: string;
  readonly exitCode?: number;
}

const LEDGER_ADVICE: Readonly<Record<LedgerError['code'], string>> = {
  invalid:
    'nothing was changed; the server or a machine of the account does not follow the rules: do not trust it until you know why',
  upgrade: 'nothing was changed; a newer ssh-sync wrote to this account: upgrade this one',
  rollback:
    'nothing was changed; if the server was restored from a backup, run: ssh-sync sync --restore-server',
  fork: 'nothing was changed; the server shows your machines different histories: compare the heads that "ssh-sync status" prints on each',
};

const LOST_ADVICE: Readonly<Record<LostObjectError['code'], string>> = {
  altered: 'nothing was changed; the server does not give back what it was given',
  missing:
    'nothing was changed; the server lost or withholds what it was given: sync the machine that changed files last; if that does not help: ssh-sync rotate-master-key --from-last-seen',
};

/** By the word of the server's error, which may be any word. */
const SERVER_ADVICE: ReadonlyMap<string, string> = new Map([
  ['username-taken', 'choose another --username, or join that account with --existing'],
  ['origin', 'if the server names the address by which you know it: ssh-sync setup --server URL'],
  ['clock', 'set the clock of this machine'],
  ['quota', 'the account is full: remove large files, or ask the operator of the server'],
]);

function adviseOnServer({ code, status }: ServerError): string | undefined {
  const advice = SERVER_ADVICE.get(code);
  if (advice !== undefined) return advice;
  if (status === 401 && code === 'forbidden')
    return 'is this the server that has the account? if its address is another now: ssh-sync setup --server URL\nif the account is gone there, forget it here, too: ssh-sync reset --local';
  if (status >= 500) return 'the server is in trouble: try again later, or ask its operator';
  if (status === 429) return 'the server is busy: try again later';
  return status < 400
    ? 'is this the address of an ssh-sync server, and not of one that leads there?'
    : undefined;
}

/** Adds to a failure of the engine what its user can do, and the exit code. */
export function explain(error: unknown): unknown {
  const advice = advise(error);
  if (advice === undefined || !(error instanceof Error)) return error;
  return new ExpectedError(advice.message ?? error.message, { ...advice, cause: error.cause });
}

function advise(error: unknown): Advice | undefined {
  if (error instanceof RestoredServerError)
    return { hint: LEDGER_ADVICE.rollback, exitCode: SyncExit.untrusted };
  if (error instanceof LedgerError) return { hint: LEDGER_ADVICE[error.code], exitCode: SyncExit.untrusted };
  if (error instanceof LostObjectError)
    return { hint: LOST_ADVICE[error.code], exitCode: SyncExit.untrusted };
  if (error instanceof MalformedAnswerError)
    return {
      hint: 'nothing was changed; is this the address of an ssh-sync server, and does nothing between answer for it?',
      exitCode: SyncExit.untrusted,
    };
  if (error instanceof RoomError && error.code === 'unauthentic')
    return {
      hint: 'the server, or somebody who knows the phrase, interferes: run setup again for a new phrase; "ssh-sync list-machines" shows whom the account has admitted',
      exitCode: SyncExit.untrusted,
    };
  if (error instanceof UnreadableViewError)
    return {
      hint: 'if no machine of yours can read it: ssh-sync rotate-master-key --from-last-seen, on the machine that synced last',
      exitCode: SyncExit.untrusted,
    };
  if (error instanceof DamagedStateError)
    return {
      hint: 'to join the account anew: ssh-sync reset --local, then ssh-sync setup --existing; then remove what this machine was before on another one: ssh-sync remove-machine NAME',
    };
  if (error instanceof NotSetUpError) return { hint: 'run: ssh-sync setup' };
  if (error instanceof RemovedError)
    return {
      hint: 'your files are untouched; to join again: ssh-sync reset --local, then ssh-sync setup --existing',
    };
  if (error instanceof TransportError)
    return describeUnreachable(error) ?? { hint: 'is the server running, and can this machine reach it?' };
  if (error instanceof DiskError && error.code === 'no-snapshot')
    return { hint: 'what can be restored, and in which folder: ssh-sync undo --list' };
  if (error instanceof DiskError && error.code === 'EACCES')
    return { hint: `may you read and write there? ls -ld "${error.path}"` };
  if (error instanceof DiskError && (error.code === 'not-folder' || error.code === 'ENOTDIR'))
    return { hint: 'name a folder with --ssh-dir, --path or --home' };
  const hint = error instanceof ServerError ? adviseOnServer(error) : undefined;
  return hint === undefined ? undefined : { hint };
}
