import { hybridSuite } from '../device/suite.ts';
import { Device } from '../device/secret.ts';
import { buildLeave, buildMigrate } from '../ledger/build.ts';
import { presentMembers, type LedgerState, type Member } from '../ledger/state.ts';
import type { VerifiedEntry } from '../ledger/verify.ts';
import { unixNow } from './clock.ts';
import type { Home } from './home.ts';
import { Keyring } from './keyring.ts';
import type { Session } from './session.ts';

/** Puts this machine out of the account. The others open a new epoch. */
export async function leaveAccount(session: Session): Promise<void> {
  await session.append((state) => buildLeave(state, session.device, unixNow()));
}

/**
 * Replaces this machine's classic keys. The new keys lie on disk before the entry is sent, so that no
 * interruption locks the machine out; `settleMigration` finishes one.
 */
export async function migrateDevice(home: Home, session: Session, machine: string): Promise<Device> {
  const next = home.readDevice('nextDevice') ?? Device.generate(hybridSuite);
  home.writeDevice('nextDevice', next);
  await session.append(async (state) => {
    const keyring = Keyring.open(state, session.device);
    try {
      return await buildMigrate(
        state,
        session.device,
        next,
        keyring.key(keyring.present),
        machine,
        unixNow(),
      );
    } finally {
      keyring.wipe();
    }
  });
  settleMigration(home, session.state);
  return next;
}

/** Makes the new keys the machine's own once the ledger has admitted them. True if it did. */
export function settleMigration(home: Home, state: LedgerState): boolean {
  const next = home.readDevice('nextDevice');
  if (next === undefined || !state.members.has(next.id.toHex())) return false;
  home.writeDevice('device', next);
  home.remove('nextDevice');
  return true;
}

/** What a machine did to an account: what to look at when it is not trusted any more. */
export interface Trace {
  readonly member: Member;
  /** Entry numbers of its commits. */
  readonly commits: readonly number[];
  /** Machines that it admitted, and those that they admitted, still present. */
  readonly admitted: readonly Member[];
}

/** @param entries The whole ledger, oldest first. */
export function traceMember(state: LedgerState, entries: readonly VerifiedEntry[], member: Member): Trace {
  const selves = identities(state, entries, member);
  const own = entries.filter(({ entry }) => selves.has(entry.device.toHex()));
  const commits = own.filter(({ entry }) => entry.change.kind === 'commit').map(({ entry }) => entry.number);
  const tainted = new Set(selves);
  // Admissions only point forward, so one pass in the order of the ledger is transitive.
  for (const other of state.members.values())
    if (tainted.has(other.admitted.by.toHex())) tainted.add(other.id.toHex());
  const admitted = presentMembers(state).filter((other) => other !== member && tainted.has(other.id.toHex()));
  return { member, commits, admitted };
}

/** The ids (hex) that a machine has had: a migration gives it a new one, and no clean slate. */
function identities(state: LedgerState, entries: readonly VerifiedEntry[], member: Member): Set<string> {
  const migrated = new Map(
    entries
      .filter(({ entry }) => entry.change.kind === 'migrate')
      .map(({ entry }) => [entry.number, entry.device.toHex()]),
  );
  const ids = new Set<string>();
  for (let self: Member | undefined = member; self !== undefined && !ids.has(self.id.toHex());) {
    ids.add(self.id.toHex());
    const before = migrated.get(self.admitted.number);
    self = before === undefined ? undefined : state.members.get(before);
  }
  return ids;
}
