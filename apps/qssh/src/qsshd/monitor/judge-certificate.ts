// What a user's certificate of a CA that is trusted lets do (OpenSSH's auth_check_authkey_line and user_cert_trusted_ca).
import { utf8 } from '@orrery/bytes';
import {
  CertificateError,
  checkCertificate,
  verifyCertificate,
  type Certificate,
  type CertificatePermissions,
} from '@orrery/keys';
import type { KeyRestrictions } from '@orrery/sshfiles';
import type { Settings } from '../../sshd-config/directives.ts';
import type { Peer } from './peer.ts';

export interface Judgement {
  readonly peer: Peer;
  readonly rules: Pick<Settings, 'caSignatureAlgorithms'>;
  readonly log: (text: string) => void;
}

/** Whether its CA, whichever that is, made it. What anybody may write is shown to no program, and looked for in no file. */
export function isMadeByCa(
  { rules, log }: Pick<Judgement, 'rules' | 'log'>,
  certificate: Certificate,
): boolean {
  if (verifyCertificate(certificate, rules.caSignatureAlgorithms)) return true;
  log(
    `Refused certificate ID ${idOf(certificate)}: it has no signature of its CA with a permitted algorithm`,
  );
  return false;
}

/**
 * What may be done with a certificate; undefined if it does not count, which is logged.
 * @param principals The certificate must have one of them.
 * @param line What may be done with certificates of this CA at all.
 */
export function judgeCertificate(
  { peer, rules, log }: Judgement,
  certificate: Certificate,
  principals: readonly string[],
  line: KeyRestrictions,
): KeyRestrictions | undefined {
  // Without one, the first stands for all that are missing.
  const principal = certificate.principals.find((name) => principals.includes(name)) ?? principals[0];
  const refuse = (reason: string): undefined => {
    log(`Refused certificate ID ${idOf(certificate)}: ${reason}`);
  };
  if (principal === undefined) return refuse('no principal is authorized');
  try {
    const permissions = checkCertificate(certificate, {
      type: 'user',
      principal,
      time: Date.now(),
      caAlgorithms: rules.caSignatureAlgorithms,
      address: peer.address,
    });
    return narrowedBy(permissions, line) ?? refuse('forced command options do not match');
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return refuse(error.message);
  }
}

/** The names of the option `principals`; undefined if the line does not have it. */
export function listedPrincipals({ principals }: KeyRestrictions): readonly string[] | undefined {
  return principals === undefined ? undefined : Buffer.from(principals, 'latin1').toString().split(',');
}

/** A key id as the log shows it. */
export function idOf({ keyId, serial }: Certificate): string {
  return `${JSON.stringify(keyId.slice(0, 200))} (serial ${serial})`;
}

/** What both allow; undefined if both force a command, and not the same one. */
function narrowedBy(certificate: CertificatePermissions, line: KeyRestrictions): KeyRestrictions | undefined {
  const forced = certificate.forceCommand;
  const command = forced === undefined ? undefined : Buffer.from(utf8(forced)).toString('latin1');
  if (line.command !== undefined && command !== undefined && line.command !== command) return undefined;
  return {
    ...line,
    agentForwarding: line.agentForwarding && certificate.agentForwarding,
    portForwarding: line.portForwarding && certificate.portForwarding,
    x11Forwarding: line.x11Forwarding && certificate.x11Forwarding,
    pty: line.pty && certificate.pty,
    userRc: line.userRc && certificate.userRc,
    touchRequired: line.touchRequired || !certificate.noTouchRequired,
    verifyRequired: line.verifyRequired || certificate.verifyRequired,
    command: line.command ?? command,
  };
}
