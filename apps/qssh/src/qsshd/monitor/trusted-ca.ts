// Certificates of CAs that the operator trusts for everybody (sshd_config(5): TrustedUserCAKeys, AuthorizedPrincipalsFile,
// AuthorizedPrincipalsCommand).
import { equal } from '@orrery/bytes';
import { fingerprint, parsePublicKeyBlob, type Certificate } from '@orrery/keys';
import {
  authorizedKeysOf,
  findPrincipal,
  maxAuthorizedKeysBytes,
  noRestrictions,
  parseAuthorizedKeys,
  refusalReason,
  type AuthorizedPrincipal,
  type KeyRestrictions,
} from '@orrery/sshfiles';
import { askCommand } from './ask-command.ts';
import { idOf, judgeCertificate } from './judge-certificate.ts';
import { readServerFile } from './server-file.ts';
import { commandTokens, readUserFile, type KeySearch } from './key-search.ts';

/** Whether a security key was touched is for the certificate to say. */
const byCertificate: KeyRestrictions = { ...noRestrictions, touchRequired: false };

/** What may be done with a certificate of a trusted CA; undefined if it is of another one, or does not count. */
export async function findByTrustedCa(
  search: KeySearch,
  certificate: Certificate,
): Promise<KeyRestrictions | undefined> {
  const { account, peer, rules, log } = search;
  if (rules.trustedUserCAKeys === undefined || !isTrusted(rules.trustedUserCAKeys, certificate, log))
    return undefined;
  if (rules.authorizedPrincipalsFile === undefined && rules.authorizedPrincipalsCommand === undefined)
    return judgeCertificate(search, certificate, [account.name], byCertificate);
  const found =
    (await principalInFile(search, certificate)) ?? (await principalOfCommand(search, certificate));
  if (found === undefined) {
    log(`Refused certificate ID ${idOf(certificate)}: Certificate does not contain an authorized principal`);
    return undefined;
  }
  const { principal, restrictions } = found;
  const refusal = restrictions.certAuthority
    ? 'its principal is marked as a CA'
    : refusalReason(restrictions, { ...peer, now: Date.now() });
  if (refusal !== undefined) {
    log(`Refused certificate ID ${idOf(certificate)}: ${refusal}`);
    return undefined;
  }
  return judgeCertificate(search, certificate, [principal], restrictions);
}

/** Whether the CA stands in a line of its own, without options. */
function isTrusted(file: string, { caKey }: Certificate, log: (text: string) => void): boolean {
  const bytes = readServerFile(file, maxAuthorizedKeysBytes);
  if (typeof bytes === 'string') {
    log(`Cannot read TrustedUserCAKeys "${file}": ${bytes}`);
    return false;
  }
  return authorizedKeysOf(parseAuthorizedKeys(bytes)).some(
    ({ key, options }) => options === '' && equal(key.blob, caKey),
  );
}

async function principalInFile(
  search: KeySearch,
  { principals }: Certificate,
): Promise<AuthorizedPrincipal | undefined> {
  const { authorizedPrincipalsFile: name } = search.rules;
  const lines = name && (await readUserFile(search, name, { kind: 'principal', names: principals }));
  return lines ? findPrincipal(lines, principals) : undefined;
}

async function principalOfCommand(
  { account, peer, rules, log }: KeySearch,
  { blob, caKey, keyId, principals, serial }: Certificate,
): Promise<AuthorizedPrincipal | undefined> {
  const printed = await askCommand({
    name: 'AuthorizedPrincipalsCommand',
    command: rules.authorizedPrincipalsCommand,
    runner: rules.authorizedPrincipalsCommandUser,
    user: account.name,
    tokens: {
      ...commandTokens({ account, peer }, blob),
      F: fingerprint(caKey, 'sha256'),
      K: caKey.toBase64(),
      T: parsePublicKeyBlob(caKey).type,
      i: keyId,
      s: String(serial),
    },
    fallback: [],
    log,
  });
  return printed && findPrincipal(printed, principals);
}
