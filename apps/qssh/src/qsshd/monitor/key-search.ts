// Whose key is looked for, and by which rules.
import { fingerprint, parsePublicKeyBlob } from '@orrery/keys';
import { resolve } from 'node:path';
import type { Settings } from '../../sshd-config/directives.ts';
import { expandTokens } from '../../sshd-config/tokens.ts';
import type { LinesRequest } from '../reader/file-request.ts';
import type { Account } from './accounts.ts';
import type { Peer } from './peer.ts';

type Rules = Pick<
  Settings,
  | 'authorizedKeysFile'
  | 'authorizedKeysCommand'
  | 'authorizedKeysCommandUser'
  | 'authorizedPrincipalsFile'
  | 'authorizedPrincipalsCommand'
  | 'authorizedPrincipalsCommandUser'
  | 'caSignatureAlgorithms'
  | 'revokedKeys'
  | 'strictModes'
  | 'trustedUserCAKeys'
>;

/** Lines of a file of the user's; why it does not count, as text. */
export type ReadFile = (request: LinesRequest) => Promise<Uint8Array | string>;

export interface KeySearch {
  readonly account: Account;
  readonly peer: Peer;
  readonly rules: Rules;
  readonly readFile: ReadFile;
  readonly log: (text: string) => void;
}

/** What commands are told of a login. @param key The blob of a sound key or certificate. */
export function commandTokens(
  { account, peer }: Pick<KeySearch, 'account' | 'peer'>,
  key: Uint8Array,
): Readonly<Record<string, string>> {
  return {
    u: account.name,
    U: String(account.uid),
    h: account.home,
    f: fingerprint(key, 'sha256'),
    k: key.toBase64(),
    t: parsePublicKeyBlob(key).type,
    D: '',
    C: `${peer.address} ${peer.port} ${peer.localAddress} ${peer.localPort}`,
  };
}

/**
 * The wanted lines of a file that the account or the operator named; undefined if it does not count.
 * @param name As the directive has it.
 */
export async function readUserFile(
  { account, rules, readFile, log }: KeySearch,
  name: string,
  wanted: LinesRequest['wanted'],
): Promise<Uint8Array | undefined> {
  const { uid, gid, home } = account;
  const path = resolve(home, expandTokens(name, { h: home, u: account.name, U: String(uid) }));
  const found = await readFile({ path, uid, gid, home, isStrict: rules.strictModes, wanted });
  if (typeof found !== 'string') return found;
  if (found !== 'it cannot be read') log(`Authentication refused: "${path}": ${found}`);
  return undefined;
}
