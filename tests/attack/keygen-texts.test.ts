// What stands in the files of others, on the terminal of whoever looks at them with qssh-keygen.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Krl, formatKrl, printSshsig, signCertificate, signSshsig } from '@orrery/keys';
import { utf8 } from '@orrery/bytes';
import { OURS, THEIRS, keygen } from '../interop/stage/keygen.ts';
import { claimsNow, lineOf, makeSigner } from './stage/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'keygen-texts-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const [ca, user] = [makeSigner(), makeSigner()];
const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(folder, name), text);

describe('qssh-keygen', () => {
  it('prints each principal of a certificate as a line that does not act', async () => {
    const claims = claimsNow(user, { principals: ['mallory\nroot\u001b[2J\u009b31m'] });
    const { blob } = await signCertificate(claims, ca);
    const sshsig = await signSshsig(user, utf8('hello'), { namespace: 'file', certificate: blob });
    write('sig', printSshsig(sshsig));
    write('allowed', `* cert-authority ${lineOf(ca)}\n`);
    const words = ['-Y', 'find-principals', '-s', 'sig', '-f', 'allowed'];
    assert.match(keygen(THEIRS, folder, words).stdout, /^mallory\nroot\u001b/); // the control
    assert.equal(keygen(OURS, folder, words).stdout, String.raw`mallory\nroot\x1b[2J\x9b31m` + '\n');
  });

  it('says of a certificate in which nothing can be read that it is malformed, and nothing of itself', async () => {
    const { blob } = await signCertificate(claimsNow(user, { principals: ['ann'] }), ca);
    const broken = blob.slice();
    broken[Buffer.from(blob).indexOf('ann')] = 0;
    write('krl', formatKrl(new Krl()));
    write('broken-cert.pub', `${lineOf({ ...user, publicKey: broken })}\n`);
    const { status, stdout, stderr } = keygen(OURS, folder, ['-Q', '-f', 'krl', 'broken-cert.pub']);
    assert.equal(status, 255);
    assert.equal(stdout, '');
    assert.match(stderr, /^Cannot read [^\n]*\n$/);
  });
});
