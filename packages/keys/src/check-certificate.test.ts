import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { claimsOf } from '../testing/claims.ts';
import { certificateOptionData } from './certificate-options.ts';
import { CertificateError, type CertificateUse, checkCertificate } from './check-certificate.ts';
import { keySigner } from './key-signer.ts';
import { type CertificateClaims, signCertificate } from './sign-certificate.ts';

const ca = keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
const claims = claimsOf(keySigner('ssh-ed25519', new Uint8Array(32).fill(2)).publicKey);
const use: CertificateUse = {
  type: 'user',
  principal: 'alice',
  time: 1_000_000,
  caAlgorithms: ['ssh-ed25519'],
};
const host = { type: 'host', principal: 'a.example' } as const;

/** The code of the refusal; undefined if there is none. */
async function problem(
  claimed: Partial<CertificateClaims>,
  used: Partial<CertificateUse> = {},
): Promise<string | undefined> {
  const certificate = await signCertificate({ ...claims, ...claimed }, ca);
  try {
    checkCertificate(certificate, { ...use, ...used });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof CertificateError);
    return error.code;
  }
}

function critical(name: string, data: Uint8Array): Pick<CertificateClaims, 'criticalOptions'> {
  return { criticalOptions: new Map([[name, data]]) };
}

suite('checkCertificate', () => {
  test('takes no certificate of a user for one of a host, and the reverse', async () => {
    assert.equal(await problem({}, {}), undefined);
    assert.equal(await problem({}, { type: 'host' }), 'type');
    assert.equal(await problem({ type: 'host' }, {}), 'type');
  });

  test('knows its first second, and the first in which it is over', async () => {
    const validity = { validAfter: 1000n, validBefore: 2000n };
    assert.equal(await problem(validity, { time: 999_999 }), 'not-yet-valid');
    assert.equal(await problem(validity, { time: 1_000_000 }), undefined);
    assert.equal(await problem(validity, { time: 1_999_999 }), undefined);
    assert.equal(await problem(validity, { time: 2_000_000 }), 'expired');
    assert.equal(await problem({}, { time: -1 }), 'not-yet-valid');
  });

  test('wants a principal of a user as it stands', async () => {
    assert.equal(await problem({ principals: ['bob', 'alice'] }), undefined);
    assert.equal(await problem({ principals: ['bob'] }), 'principal');
    assert.equal(await problem({ principals: ['Alice'] }), 'principal');
    assert.equal(await problem({ principals: ['*'] }), 'principal');
    assert.equal(await problem({ principals: ['alice,bob'] }), 'principal');
    assert.equal(await problem({ principals: [] }), 'no-principals');
  });

  test('takes the principals of a host for patterns, each alone', async () => {
    const of = (...principals: readonly string[]): Promise<string | undefined> =>
      problem({ type: 'host', principals }, host);
    assert.equal(await of('b.example', 'a.example'), undefined);
    assert.equal(await of('*.example'), undefined);
    assert.equal(await of('?.example'), undefined);
    assert.equal(await of('*.other'), 'principal');
    assert.equal(await of('a.example,b.example'), 'principal');
    assert.equal(await of('!b.example'), 'principal');
    assert.equal(await of(), 'no-principals');
  });

  test('wants a signature by an algorithm that CAs may use', async () => {
    assert.equal(await problem({}, { caAlgorithms: ['rsa-sha2-512'] }), 'signature');
    assert.equal(await problem({}, { caAlgorithms: [] }), 'signature');
  });

  test('binds a user to addresses', async () => {
    const bound = critical('source-address', certificateOptionData('192.0.2.0/24,2001:db8::/32'));
    assert.equal(await problem(bound, { address: '192.0.2.7' }), undefined);
    assert.equal(await problem(bound, { address: '2001:db8::1' }), undefined);
    assert.equal(await problem(bound, { address: '::ffff:192.0.2.7' }), undefined);
    assert.equal(await problem(bound, { address: '192.0.3.7' }), 'address');
    assert.equal(await problem(bound, { address: 'UNKNOWN' }), 'address');
    assert.equal(await problem(bound), 'address');
    for (const list of ['', '192.0.2.0/24,', '192.0.2.1/24', '*', '!192.0.2.7', '192.0.2.0/24,host'])
      assert.equal(
        await problem(critical('source-address', certificateOptionData(list)), { address: '192.0.2.7' }),
        'critical-option',
        list,
      );
  });

  test('refuses critical options that it does not know, and malformed ones; all of them for a host', async () => {
    assert.equal(await problem(critical('force-command', certificateOptionData('ls'))), undefined);
    assert.equal(await problem(critical('verify-required', certificateOptionData())), undefined);
    assert.equal(await problem(critical('verify-required', utf8('x'))), 'critical-option');
    assert.equal(await problem(critical('force-command', utf8('ls'))), 'critical-option');
    assert.equal(await problem(critical('force-command', certificateOptionData())), 'critical-option');
    assert.equal(await problem(critical('Force-Command', certificateOptionData('ls'))), 'critical-option');
    assert.equal(await problem(critical('permit-pty', certificateOptionData())), 'critical-option');
    const forHost = { ...critical('force-command', certificateOptionData('ls')), type: 'host' } as const;
    assert.equal(await problem({ ...forHost, principals: ['a.example'] }, host), 'critical-option');
  });

  test('refuses a known extension with data, and passes over others', async () => {
    assert.equal(await problem({ extensions: new Map([['permit-pty', utf8('x')]]) }), 'extension');
    assert.equal(await problem({ extensions: new Map([['permit-all@example', utf8('x')]]) }), undefined);
  });

  test('says what a user may do, and nothing of it for a host', async () => {
    const none = {
      verifyRequired: false,
      noTouchRequired: false,
      agentForwarding: false,
      portForwarding: false,
      x11Forwarding: false,
      pty: false,
      userRc: false,
    };
    const flag = certificateOptionData();
    const extensions = new Map(
      ['permit-pty', 'permit-X11-forwarding', 'no-touch-required'].map((name) => [name, flag]),
    );
    const criticalOptions = new Map([
      ['force-command', certificateOptionData('ls -l')],
      ['verify-required', flag],
    ]);
    const certificate = await signCertificate({ ...claims, extensions, criticalOptions }, ca);
    assert.deepEqual(checkCertificate(certificate, use), {
      ...none,
      forceCommand: 'ls -l',
      verifyRequired: true,
      noTouchRequired: true,
      x11Forwarding: true,
      pty: true,
    });
    const ofHost = await signCertificate(
      { ...claims, type: 'host', principals: ['a.example'], extensions },
      ca,
    );
    assert.deepEqual(checkCertificate(ofHost, { ...use, ...host }), none);
  });

  test('names the certificate and the reason in its error', async () => {
    const certificate = await signCertificate({ ...claims, keyId: 'id\u001b[2J' }, ca);
    assert.throws(() => checkCertificate(certificate, { ...use, principal: 'bob' }), {
      name: 'CertificateError',
      code: 'principal',
      message: 'Cannot accept certificate "id\\u001b[2J": "bob" is not among its principals',
    });
  });
});
