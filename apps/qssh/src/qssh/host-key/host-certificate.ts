// A host's certificate, by the CAs of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: @cert-authority).
import { CertificateError, checkCertificate, type Certificate } from '@orrery/keys';
import { isEntryFor } from '@orrery/sshfiles';
import type { ClientConfig } from '../../config/load-config.ts';
import { isPostQuantumKey, requires } from '../post-quantum.ts';
import { hostNames } from './host-names.ts';
import type { KnownKey } from './known-keys.ts';

/** The lines of CAs that may speak for the host. */
export function authoritiesFor(config: ClientConfig, known: readonly KnownKey[]): readonly KnownKey[] {
  const { name, withoutPort } = hostNames(config);
  return known.filter(
    ({ entry }) =>
      entry.marker === '@cert-authority' &&
      (isEntryFor(entry, name) || (withoutPort !== undefined && isEntryFor(entry, withoutPort))),
  );
}

/** Why a certificate of a CA that may speak for the host does not count for it now; undefined if it does. */
export function certificateProblem(certificate: Certificate, config: ClientConfig): string | undefined {
  const { settings, host } = config;
  const named = (settings.get('casignaturealgorithms') ?? '').split(',');
  try {
    checkCertificate(certificate, {
      type: 'host',
      principal: (settings.get('hostkeyalias') ?? host).toLowerCase(),
      time: Date.now(),
      // A certificate is no stronger than what its CA signed it with.
      caAlgorithms: requires(settings, 'host') ? named.filter(isPostQuantumKey) : named,
    });
    return undefined;
  } catch (error) {
    if (error instanceof CertificateError) return error.message;
    throw error;
  }
}
