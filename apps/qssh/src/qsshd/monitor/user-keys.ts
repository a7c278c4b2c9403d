// Whether a user has authorised a key, or who certified it (sshd_config(5): AuthorizedKeysFile, AuthorizedKeysCommand).
import { equal, FormatError } from '@orrery/bytes';
import { parseCertificate, parsePublicKeyBlob, type Certificate } from '@orrery/keys';
import {
  authorizedKeysOf,
  maxAuthorizedKeysBytes,
  parseAuthorizedKeys,
  refusalReason,
  type KeyRestrictions,
} from '@orrery/sshfiles';
import { resolve } from 'node:path';
import { expandTokens } from '../../sshd-config/tokens.ts';
import { askCommand } from './ask-command.ts';
import { isMadeByCa, judgeCertificate, listedPrincipals } from './judge-certificate.ts';
import { commandTokens, type KeySearch } from './key-search.ts';
import { linesWithKey } from './lines-with-key.ts';
import { readOwnedFile } from './owned-file.ts';
import { isKeyRevoked } from './revoked-keys.ts';
import { findByTrustedCa } from './trusted-ca.ts';

/**
 * What may be done with a key or certificate: the restrictions of the first line for it that holds for this login, or of
 * its CA; undefined if there is none, or it is revoked or forged. Everything is looked at, whatever was found before.
 * @param key The blob, as it came.
 */
export async function findRestrictions(
  search: KeySearch,
  key: Uint8Array,
): Promise<KeyRestrictions | undefined> {
  try {
    const isCertificate = parsePublicKeyBlob(key).certifiedKey !== undefined;
    const certificate = isCertificate ? parseCertificate(key) : undefined;
    if (certificate !== undefined && !isMadeByCa(search, certificate)) return undefined;
    const shown = { key, certificate };
    if (isKeyRevoked(search.rules.revokedKeys, key, search.log)) return undefined;
    const inFiles = filesOf(search).map((bytes) => restrictionsIn(bytes, search, shown));
    const byCa = shown.certificate && (await findByTrustedCa(search, shown.certificate));
    const printed = await commandOutput(search, shown);
    const byCommand = printed && restrictionsIn(printed, search, shown);
    return [...inFiles, byCa, byCommand].find((found) => found !== undefined);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** What the other side has shown. */
interface Shown {
  readonly key: Uint8Array;
  readonly certificate: Certificate | undefined;
}

/** Of lines for keys if it is a key; of lines for CAs if it is a certificate. */
function restrictionsIn(
  bytes: Uint8Array,
  search: KeySearch,
  { key, certificate }: Shown,
): KeyRestrictions | undefined {
  const wanted = certificate?.caKey ?? key;
  const isForCa = certificate !== undefined;
  const lines = authorizedKeysOf(parseAuthorizedKeys(linesWithKey(bytes, wanted)));
  for (const { key: own, restrictions } of lines) {
    if (restrictions.certAuthority !== isForCa || !equal(own.blob, wanted)) continue;
    const refusal = refusalReason(restrictions, { ...search.peer, now: Date.now() });
    if (refusal !== undefined) search.log(`authorized key refused: ${refusal}`);
    else if (certificate === undefined) return restrictions;
    else {
      const principals = listedPrincipals(restrictions) ?? [search.account.name];
      const granted = judgeCertificate(search, certificate, principals, restrictions);
      if (granted !== undefined) return granted;
    }
  }
  return undefined;
}

function filesOf({ account, rules, log }: KeySearch): Uint8Array[] {
  const names = { h: account.home, u: account.name, U: String(account.uid) };
  return rules.authorizedKeysFile.flatMap((name) => {
    const path = resolve(account.home, expandTokens(name, names));
    const found = readOwnedFile(path, account, rules.strictModes, maxAuthorizedKeysBytes);
    if (typeof found !== 'string') return [found];
    if (found !== 'it cannot be read') log(`Authentication refused: "${path}": ${found}`);
    return [];
  });
}

/** With its own name as the only word the command is asked for the keys of a user. */
function commandOutput({ account, peer, rules, log }: KeySearch, { key }: Shown) {
  return askCommand({
    name: 'AuthorizedKeysCommand',
    command: rules.authorizedKeysCommandUser === undefined ? undefined : rules.authorizedKeysCommand,
    runner: rules.authorizedKeysCommandUser,
    user: account.name,
    tokens: commandTokens({ account, peer }, key),
    fallback: [account.name],
    log,
  });
}
