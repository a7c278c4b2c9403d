// Whether a certificate or a key is in a long list of revoked ones.
import {
  type KeySigner,
  Krl,
  formatKrl,
  generatePrivateKey,
  isRevoked,
  parseKrl,
  parsePublicKeyBlob,
  printPublicKeyLine,
  signCertificate,
} from '@orrery/keys';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimsOf } from '../../packages/keys/testing/claims.ts';
import { remark } from '../report.ts';
import { ownTime } from './cpu-time.ts';
import { beside, inTurn } from './in-turn.ts';
import { besideSshKeygen, hasSshKeygen } from './programs.ts';

const ENTRIES = 10_000;

export async function benchRevocation(dist: string, folder: string): Promise<void> {
  mkdirSync(folder);
  const alone = !hasSshKeygen();
  const ca = generatePrivateKey('ssh-ed25519', 'ca');
  const certificate = await certify(ca.signer());
  const path = join(folder, 'certificate.pub');
  writeFileSync(path, `${printPublicKeyLine(parsePublicKeyBlob(certificate))}\n`);
  for (const [kind, krl] of Object.entries(longLists(ca.publicKey))) {
    const bytes = formatKrl(krl);
    const file = join(folder, `${kind}.krl`.replaceAll(' ', '-'));
    writeFileSync(file, bytes);
    const list = parseKrl(bytes);
    if (isRevoked(list, certificate)) throw new Error('Cannot measure: the certificate is revoked');
    const read = [{ name: '', run: () => parseKrl(bytes) }];
    const lookUp = [{ name: '', run: () => isRevoked(list, certificate) }];
    const what = `list of ${ENTRIES} ${kind}`;
    remark(`${what}, ${bytes.length} bytes: to read it`, beside(read, await inTurn(read, ownTime)));
    remark('the same: to look up a certificate', beside(lookUp, await inTurn(lookUp, ownTime)));
    await besideSshKeygen('the same: qssh-keygen -Q', ['-Q', '-f', file, path], dist, { alone });
  }
}

/** None of them revokes the certificate: it takes longest to find nothing. */
function longLists(ca: Uint8Array): Readonly<Record<string, Krl>> {
  const lists = { 'serial numbers': new Krl(), 'key ids': new Krl(), hashes: new Krl() };
  for (let index = 1; index <= ENTRIES; index++) {
    // Far enough from each other to be an entry each.
    lists['serial numbers'].revokeSerials(ca, BigInt(index) * 1000n, BigInt(index) * 1000n);
    lists['key ids'].revokeKeyId(ca, `person-${index}@host.example`);
    lists.hashes.sha256.add(randomBytes(32).toString('hex'));
  }
  return lists;
}

/** The blob of a certificate of a new key. */
async function certify(ca: KeySigner): Promise<Uint8Array> {
  const { publicKey } = generatePrivateKey('ssh-ed25519', 'user');
  const { blob } = await signCertificate(
    claimsOf(publicKey, { serial: 5_000_500n, keyId: 'person@host.example' }),
    ca,
  );
  return blob;
}
