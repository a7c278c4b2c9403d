// Whether a user has authorised a key, or who certified it (sshd_config(5): AuthorizedKeysFile, AuthorizedKeysCommand).
import { equal, FormatError } from '@orrery/bytes';
import { parseCertificate, parsePublicKeyBlob, type Certificate } from '@orrery/keys';
import { authorizedKeysOf, parseAuthorizedKeys, refusalReason, type KeyRestrictions } from '@orrery/sshfiles';
import { linesWithKey } from '../reader/lines-with-key.ts';
import { askCommand } from './ask-command.ts';
import { isMadeByCa, judgeCertificate, listedPrincipals } from './judge-certificate.ts';
import { commandTokens, readUserFile, type KeySearch } from './key-search.ts';
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
    const inFiles = await Promise.all(
      search.rules.authorizedKeysFile.map((name) => restrictionsInFile(name, search, shown)),
    );
    const byCa = shown.certificate && (await findByTrustedCa(search, shown.certificate));
    const printed = await commandOutput(search, shown);
    const byCommand = printed && restrictionsIn(linesWithKey(printed, wantedKey(shown)), search, shown);
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

/** What has to stand in the files. */
function wantedKey({ key, certificate }: Shown): Uint8Array {
  return certificate?.caKey ?? key;
}

async function restrictionsInFile(
  name: string,
  search: KeySearch,
  shown: Shown,
): Promise<KeyRestrictions | undefined> {
  const lines = await readUserFile(search, name, { kind: 'key', blob: wantedKey(shown) });
  return lines && restrictionsIn(lines, search, shown);
}

/** Of lines for keys if it is a key; of lines for CAs if it is a certificate. */
function restrictionsIn(bytes: Uint8Array, search: KeySearch, shown: Shown): KeyRestrictions | undefined {
  const { certificate } = shown;
  const wanted = wantedKey(shown);
  const isForCa = certificate !== undefined;
  for (const { key: own, restrictions } of authorizedKeysOf(parseAuthorizedKeys(bytes))) {
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
