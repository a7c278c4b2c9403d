// What a CA writes: certificates and lists of what it revokes; and signatures of files.
import { FormatError } from '@orrery/bytes';
import type { LoadTarget } from '../target.ts';

/** A certificate, judged for a user and for a host. One bit that is changed must not pass. */
export const certificates: LoadTarget = async () => {
  const keys = await import('@orrery/keys');
  const ca = keys.keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
  const flag = keys.certificateOptionData();
  const claims = {
    key: keys.keySigner('ecdsa-sha2-nistp256', new Uint8Array(32).fill(2)).publicKey,
    serial: 7n,
    keyId: 'an id',
    principals: ['alice', '*.example'],
    validAfter: 0n,
    validBefore: keys.FOREVER,
    criticalOptions: new Map(),
    extensions: new Map([
      ['permit-X11-forwarding', flag],
      ['permit-pty', flag],
    ]),
  };
  const addresses = new Map([['source-address', keys.certificateOptionData('192.0.2.0/24')]]);
  const signed = [
    await keys.signCertificate({ ...claims, type: 'host' }, ca),
    await keys.signCertificate({ ...claims, type: 'user', criticalOptions: addresses }, ca),
  ];
  const authentic = new Set(signed.map(({ blob }) => blob.toHex()));
  return {
    run: (input) => {
      const certificate = keys.parseCertificate(input);
      for (const type of ['user', 'host'] as const) {
        const use = { type, principal: 'alice', time: 1_700_000_000_000, address: '192.0.2.1' };
        keys.checkCertificate(certificate, { ...use, caAlgorithms: keys.signatureNames });
        if (!authentic.has(input.toHex())) throw new Error('it takes what no CA signed');
      }
    },
    refuses: (error) => error instanceof FormatError || error instanceof keys.CertificateError,
    seeds: signed.map(({ blob }) => blob),
    words: [
      'force-command',
      'source-address',
      'verify-required',
      'no-touch-required',
      'permit-user-rc',
      'ssh-rsa-cert-v01@openssh.com',
      'sk-ssh-ed25519-cert-v01@openssh.com',
    ],
  };
};
