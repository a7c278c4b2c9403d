// Names of users and groups from the files of the system: a session in a chroot has none.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Bytes of /etc/passwd or /etc/group that are read. */
const MAX_ACCOUNT_FILE = 16 * 1024 * 1024;

export interface Account {
  readonly name: string;
  readonly id: number;
  /** A group has none. */
  readonly home: string;
}

/** Both files, read when something is looked up first. */
export class Accounts {
  #users: readonly Account[] | undefined;
  #groupNames: ReadonlyMap<number, string> | undefined;
  #userNames: ReadonlyMap<number, string> | undefined;

  /** The name of a user, or '' if there is none. */
  userName(uid: number): string {
    this.#userNames ??= namesById(this.#allUsers());
    return this.#userNames.get(uid) ?? '';
  }

  /** The name of a group, or '' if there is none. */
  groupName(gid: number): string {
    this.#groupNames ??= namesById(accountsIn('/etc/group'));
    return this.#groupNames.get(gid) ?? '';
  }

  /** The home of a user, of the own one for ''; undefined if there is no such user. */
  home(user: string): string | undefined {
    if (user === '') return ownHome();
    return this.#allUsers().find(({ name }) => name === user)?.home;
  }

  #allUsers(): readonly Account[] {
    this.#users ??= accountsIn('/etc/passwd');
    return this.#users;
  }
}

/** A chroot may not know who this is. */
function ownHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** Of several names for a number the first one counts. */
function namesById(accounts: readonly Account[]): ReadonlyMap<number, string> {
  return new Map(accounts.toReversed().map(({ id, name }) => [id, name]));
}

function accountsIn(file: string): readonly Account[] {
  return linesOf(file).flatMap((line) => {
    const [name = '', , id = '', , , home = ''] = line.split(':');
    return name !== '' && /^[0-9]+$/.test(id) ? [{ name, id: Number(id), home }] : [];
  });
}

function linesOf(file: string): string[] {
  try {
    const bytes = readFileSync(file);
    return bytes.length > MAX_ACCOUNT_FILE ? [] : bytes.toString().split('\n');
  } catch {
    return [];
  }
}
