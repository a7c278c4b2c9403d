// Who may log in at all, whatever they prove (sshd_config(5): AllowUsers and kin, PermitRootLogin).
import { algorithmNamesOf, parsePublicKeyBlob } from '@orrery/keys';
import { allowsHost, matchPatternList } from '@orrery/sshfiles';
import { statSync } from 'node:fs';
import type { Settings } from '../../sshd-config/directives.ts';
import type { Person } from './accounts.ts';
import { takesEmptyPasswords } from './methods.ts';
import type { Peer } from './peer.ts';

type Rules = Pick<
  Settings,
  'allowUsers' | 'chrootDirectory' | 'denyUsers' | 'allowGroups' | 'denyGroups' | 'usePAM'
>;

/** Why somebody may not log in; undefined if nothing is against it. For the log: the other side is never told. */
export function refusalOf(
  { account, exists, groups, isExpired, isLocked }: Person,
  peer: Peer,
  rules: Rules,
): string | undefined {
  const { name } = account;
  const isNamed = (list: readonly string[]): boolean =>
    list.some((pattern) => matchesUser(name, peer, pattern));
  const isMember = (list: readonly string[]): boolean =>
    groups.some((group) => list.some((pattern) => matchPatternList(group, pattern) === 'match'));
  if (!exists) return 'there is no such user';
  if (!canBecome(account.uid)) return 'the server is not root and serves its own user only';
  // PAM would let a locked account in by key: its password is what is locked.
  if (isLocked && !rules.usePAM) return 'the account is locked';
  if (isExpired) return 'the account has expired';
  // Below another root the shell is another one, or none is needed.
  if (rules.chrootDirectory === undefined && !isExecutable(account.shell))
    return `the shell "${account.shell}" cannot be run`;
  if (isNamed(rules.denyUsers)) return 'DenyUsers names the user';
  if (rules.allowUsers.length > 0 && !isNamed(rules.allowUsers)) return 'AllowUsers does not name the user';
  if (isMember(rules.denyGroups)) return 'DenyGroups names a group of the user';
  if (rules.allowGroups.length > 0 && !isMember(rules.allowGroups))
    return 'AllowGroups names no group of the user';
  return undefined;
}

function canBecome(uid: number): boolean {
  const own = process.getuid?.();
  return own === 0 || own === uid;
}

/** Whether root may log in, or the user is another one. @param isForced The key has a command of its own. */
export function allowsRoot(uid: number, permit: Settings['permitRootLogin'], isForced: boolean): boolean {
  if (uid !== 0 || permit === 'yes' || permit === 'without-password') return true;
  return permit === 'forced-commands-only' && isForced;
}

/** Whether the user needs no proof: the account has an empty password, and that is enough here. */
export function allowsNothing({ account, exists, hasEmptyPassword }: Person, settings: Settings): boolean {
  const isRootFine = account.uid !== 0 || settings.permitRootLogin === 'yes';
  return exists && hasEmptyPassword && isRootFine && takesEmptyPasswords(settings);
}

/** Whether keys of this kind may prove anything. @param blob A sound key. */
export function acceptsKind(
  algorithm: string,
  blob: Uint8Array,
  rules: Pick<Settings, 'pubkeyAcceptedAlgorithms' | 'requiredRSASize'>,
): boolean {
  const { type, bits = 0 } = parsePublicKeyBlob(blob);
  const isLongEnough = !type.startsWith('ssh-rsa') || bits >= rules.requiredRSASize;
  const isOfType = algorithmNamesOf(type).includes(algorithm);
  return isLongEnough && isOfType && rules.pubkeyAcceptedAlgorithms.includes(algorithm);
}

/** A pattern may be `user@host`. */
function matchesUser(name: string, { address, host }: Peer, pattern: string): boolean {
  const at = pattern.lastIndexOf('@');
  if (at === -1) return matchPatternList(name, pattern) === 'match';
  const isUser = matchPatternList(name, pattern.slice(0, at)) === 'match';
  return isUser && allowsHost(host, address, pattern.slice(at + 1)) === true;
}

/** Root could open anything: what counts is the mode. */
function isExecutable(shell: string): boolean {
  try {
    const stat = statSync(shell);
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
