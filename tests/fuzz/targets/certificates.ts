// What a CA writes: certificates and lists of what it revokes; and signatures of files.
import { FormatError, equal, utf8 } from '@orrery/bytes';
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

/** A list of revoked keys, and a specification of one. What was read is written so that it says the same. */
export const revocations: LoadTarget = async () => {
  const keys = await import('@orrery/keys');
  const ca = keys.keySigner('ssh-ed25519', new Uint8Array(32).fill(1)).publicKey;
  const key = keys.keySigner('ecdsa-sha2-nistp256', new Uint8Array(32).fill(2)).publicKey;
  const specification = [
    'serial: 5-9\nserial: 11\nserial: 0x100-01000 # comment\nid: an id\nserial: 70000\n',
    `key: ${keys.printPublicKeyLine({ type: 'ssh-ed25519', blob: ca })}\n`,
    `sha1: ${keys.printPublicKeyLine({ type: 'ecdsa-sha2-nistp256', blob: key })}\n`,
    `hash: ${keys.fingerprint(key, 'sha256')}\n`,
  ].join('');
  const made = new keys.Krl();
  keys.revokeBySpecification(made, specification, ca);
  made.revokeSerials(undefined, 3n, 2n ** 64n - 1n);
  const forms: readonly ((bytes: Uint8Array) => void)[] = [
    (bytes) => {
      const krl = keys.parseRevokedKeys(bytes);
      const file = keys.formatKrl(krl);
      if (!equal(keys.formatKrl(keys.parseKrl(file)), file)) throw new Error('it writes another list');
      keys.isRevoked(krl, key);
    },
    (bytes) => keys.revokeBySpecification(new keys.Krl(), Buffer.from(bytes).toString(), ca),
  ];
  return {
    run: (input) => forms[(input[0] ?? 0) % forms.length]?.(input.subarray(1)),
    refuses: (error) => error instanceof FormatError,
    seeds: [
      Uint8Array.of(0, ...keys.formatKrl(made)),
      Uint8Array.of(0, ...utf8(keys.printPublicKeyLine({ type: 'ssh-ed25519', blob: ca }))),
      Uint8Array.of(1, ...utf8(specification)),
    ],
    words: ['SSHKRL\n\0', 'serial:', 'id:', 'sha256:', 'SHA256:', 'ssh-ed25519', ' \t', '0x'],
  };
};

/** A signature of a file, and who may sign. One that was not made must not verify. */
export const fileSignatures: LoadTarget = async () => {
  const keys = await import('@orrery/keys');
  const signer = keys.keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
  const made = await keys.signSshsig(signer, new Uint8Array(9), { namespace: 'file' });
  const block = keys.printSshsig(made).split('\n');
  const key = keys.printPublicKeyLine({ type: 'ssh-ed25519', blob: signer.publicKey });
  const signatureIs = (text: string): void => {
    const sshsig = keys.parseSshsig(text);
    if (keys.printSshsig(keys.parseSshsig(keys.printSshsig(sshsig))) !== keys.printSshsig(sshsig))
      throw new Error('it prints another signature');
    const isRight = equal(sshsig.signature, made.signature) && sshsig.namespace === 'file';
    if (keys.verifySshsig(sshsig, 'file', new Uint8Array(9)) && !isRight)
      throw new Error('it takes what nobody signed');
  };
  const forms: readonly ((bytes: Uint8Array) => void)[] = [
    (bytes) => signatureIs(Buffer.from(bytes).toString()),
    (bytes) => signatureIs([block[0], bytes.toBase64(), ...block.slice(-2)].join('\n')),
    (bytes) => {
      const { signers } = keys.parseAllowedSigners(Buffer.from(bytes).toString());
      keys.isAllowedSigner(signers, made, 'alice', 1_700_000_000_000);
      keys.findPrincipals(signers, made, 1_700_000_000_000);
      keys.matchPrincipals(signers, 'alice');
    },
  ];
  return {
    run: (input) => forms[(input[0] ?? 0) % forms.length]?.(input.subarray(1)),
    refuses: (error) => error instanceof FormatError,
    seeds: [
      Uint8Array.of(0, ...utf8(block.join('\n'))),
      Uint8Array.of(1, ...Uint8Array.fromBase64(block.slice(1, -2).join(''))),
      Uint8Array.of(2, ...utf8(`alice,b* namespaces="file",valid-after="20200101" ${key}\n`)),
      Uint8Array.of(2, ...utf8(`# comment\n"alice" cert-authority,valid-before="20300101Z" ${key}\n`)),
    ],
    words: [
      'SSHSIG',
      'sha256',
      'sha512',
      'namespaces="',
      'cert-authority',
      'valid-after="',
      '\\"',
      '!',
      ' \t',
    ],
  };
};
