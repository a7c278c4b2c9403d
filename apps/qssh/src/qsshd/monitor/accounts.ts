// Who there is on this machine, as the system says (passwd(5), group(5), shadow(5), and whatever else nsswitch.conf
// names). The same questions are asked for somebody who does not exist.
import { askSystem } from './ask-system.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Person {
  readonly account: Account;
  /** Whether there is such an account; otherwise `account` stands in for it. */
  readonly exists: boolean;
  readonly groups: readonly string[];
  /** The rest is the truth for root alone: what others are told of shadow(5) is made up. */
  readonly isLocked: boolean;
  readonly isExpired: boolean;
  readonly hasEmptyPassword: boolean;
}

/** Names that can be an account's: no option, no path, no list. */
const NAME = /^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]{0,255}\$?$/;

const nobody: Account = {
  name: 'nobody',
  uid: 65_534,
  gid: 65_534,
  home: '/nonexistent',
  shell: '/bin/sh',
};

/** @param name As it came from the network. */
export async function findPerson(name: string): Promise<Person> {
  const isName = NAME.test(name);
  const asked = isName ? name : 'nobody';
  const { passwd, shadow, groups } = await askSystem(asked);
  const account = parseAccount(passwd);
  const exists = isName && account?.name === name;
  return {
    // A name that is none must not become part of a path.
    account: exists ? account : { ...nobody, name: asked },
    exists,
    groups: exists ? groups : [],
    ...parseShadow(passwd, shadow),
  };
}

/** A person who is not asked for by name: whoever runs this process, or an account for a service. */
export async function findAccount(name: string): Promise<Account | undefined> {
  const { account, exists } = await findPerson(name);
  return exists ? account : undefined;
}

function parseAccount(line: string): Account | undefined {
  const [name, , uid = '', gid = '', , home, shell = ''] = line.trim().split(':');
  if (name === undefined || home === undefined || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell === '' ? '/bin/sh' : shell };
}

/** A password that begins with "!" locks the account; the eighth field is the last day of its life. */
function parseShadow(
  passwd: string,
  shadow: string,
): Pick<Person, 'isLocked' | 'isExpired' | 'hasEmptyPassword'> {
  if (process.getuid?.() !== 0) return { isLocked: false, isExpired: false, hasEmptyPassword: false };
  const [, inPasswd = '*'] = passwd.trim().split(':');
  const [, password = inPasswd, , , , , , expires = ''] = shadow.trim().split(':');
  const today = Math.floor(Date.now() / 86_400_000);
  return {
    isLocked: password.startsWith('!'),
    isExpired: /^\d+$/.test(expires) && Number(expires) < today,
    hasEmptyPassword: password === '',
  };
}
