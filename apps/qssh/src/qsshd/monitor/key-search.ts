// Whose key is looked for, and by which rules.
import { fingerprint, parsePublicKeyBlob } from '@orrery/keys';
import type { Settings } from '../../sshd-config/directives.ts';
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

export interface KeySearch {
  readonly account: Account;
  readonly peer: Peer;
  readonly rules: Rules;
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
