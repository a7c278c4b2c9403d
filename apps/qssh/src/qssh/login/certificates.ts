// The user's certificates (ssh_config(5), CertificateFile): each is shown by whoever signs with its key.
import { readFileSync } from 'node:fs';
import { FormatError } from '@orrery/bytes';
import { certificateSigner, fingerprint, parseCertificate, parsePublicKeyLine } from '@orrery/keys';
import { expandPath } from '../../config/expand-settings.ts';
import type { ClientConfig } from '../../config/load-config.ts';
import { reasonOf } from '../../copy/reason.ts';
import type { Log } from '../log.ts';
import type { Identity } from './identities.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The certificates of CertificateFile, in order. */
export function namedCertificates(
  config: ClientConfig,
  environment: Environment,
  log: Log,
): readonly Identity[] {
  return config.settings.all('certificatefile').flatMap((file) => {
    const path = expandPath(file, config, environment);
    return certificateIn(path, path, log).map((found) => ({ ...found, isNamed: true }));
  });
}

/** The certificate beside a key: `FILE-cert.pub`. */
export function certificateBeside(path: string, log: Log): readonly Identity[] {
  return certificateIn(`${path}-cert.pub`, path, log);
}

/** The user's certificate in a file, if there is one. @param shown The path by which people know it. */
export function certificateIn(path: string, shown: string, log: Log): readonly Identity[] {
  try {
    const { blob } = parsePublicKeyLine(readFileSync(path, 'utf8').trimEnd());
    const { type } = parseCertificate(blob);
    if (type === 'user')
      return [
        {
          path: shown,
          fingerprint: fingerprint(blob, 'sha256'),
          certificate: blob,
          signer: async () => undefined,
        },
      ];
    log.debug(`ignoring certificate ${path}: not a user certificate`);
  } catch (cause) {
    if (cause instanceof FormatError) log.error(`Load certificate "${path}": ${cause.message}`);
    else log.debug(`certificate file ${path}: ${reasonOf(cause)}`);
  }
  return [];
}

/** Certificates in files sign with the key that is among the others, in the agent or in a file, or in their own. */
export function withSigners(identities: readonly Identity[]): readonly Identity[] {
  return identities.map((identity) => {
    const { certificate, fingerprint: print, isHeld } = identity;
    if (certificate === undefined || isHeld === true) return identity;
    const key = identities.find((other) => other.certificate === undefined && other.fingerprint === print);
    const signer = async () => {
      const plain = (await key?.signer()) ?? (await identity.signer());
      return plain && certificateSigner(plain, certificate);
    };
    return { ...identity, signer };
  });
}

/** Tells a key from its certificates; undefined if neither is known yet. */
export function identityName({ certificate, fingerprint: print }: Identity): string | undefined {
  return certificate?.toHex() ?? print;
}
