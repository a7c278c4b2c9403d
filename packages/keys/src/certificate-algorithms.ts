// The names by which keys log in, or stand for a host: a certificate has its own, although the key in it signs as ever.
import { certifiedTypes } from './key-types.ts';
import type { KeySigner } from './key-signer.ts';
import { signatureNames, signatureNamesOf } from './signature.ts';

/** RSA keys sign by several names, and their certificates have one of each (OpenSSH's PROTOCOL.certkeys). */
const RSA = /^rsa-sha2-/;

const certificateTypes: ReadonlyMap<string, string> = new Map(
  certifiedTypes.entries().map(([certificate, certified]) => [certified, certificate]),
);

/** The names for certificates whose keys make the `signatureNames`, in their order. */
export const certificateAlgorithms: readonly string[] = signatureNames.flatMap(
  (name) => certificateAlgorithmOf(name) ?? [],
);

const plainNames: ReadonlyMap<string, string> = new Map(
  signatureNames.map((name) => [certificateAlgorithmOf(name) ?? name, name]),
);

/** The name for a certificate whose key makes this signature; undefined if there are no such certificates. */
export function certificateAlgorithmOf(signature: string): string | undefined {
  return RSA.test(signature) ? `${signature}-cert-v01@openssh.com` : certificateTypes.get(signature);
}

/** The name of the signature that is made: for a certificate that of its key, otherwise the name itself. */
export function signatureNameOf(algorithm: string): string {
  return plainNames.get(algorithm) ?? algorithm;
}

/** The names under which keys or certificates of a type are shown, best first; none for a type that makes no signatures. */
export function algorithmNamesOf(type: string): readonly string[] {
  const certified = certifiedTypes.get(type);
  if (certified === undefined) return signatureNamesOf(type);
  return signatureNamesOf(certified).flatMap((name) => certificateAlgorithmOf(name) ?? []);
}

/** A signer that shows the certificate of its key. @param certificate Its blob. */
export function certificateSigner(signer: KeySigner, certificate: Uint8Array): KeySigner {
  return {
    publicKey: certificate,
    algorithms: signer.algorithms.flatMap((name) => certificateAlgorithmOf(name) ?? []),
    sign: (message, algorithm) => signer.sign(message, signatureNameOf(algorithm)),
  };
}
