import { type Krl, type RevokedCertificates, fingerprint, parsePublicKeyBlob } from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { localTime } from './certificate-time.ts';

/** What is in a list, as `ssh-keygen -Q -l` prints it: most of it is what -k reads. */
export function printKrl(krl: Krl): string {
  const lines = [
    `# KRL version ${krl.version}`,
    `# Generated at ${localTime(krl.generated).replaceAll(/[-:]/g, '')}`,
    ...(krl.comment === '' ? [] : [`# Comment: ${visible(krl.comment)}`]),
    '',
    ...sorted(krl.keys).map(keyLine),
    ...sorted(krl.sha256).map((hash) => `hash: SHA256:${hash}`),
    ...sorted(krl.sha1).map((hash) => `# hash SHA1:${hash}`),
    ...[...krl.certificates()].flatMap(certificateLines),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function keyLine(hex: string): string {
  const blob = Uint8Array.fromHex(hex);
  return `hash: ${fingerprint(blob, 'sha256')} # ${parsePublicKeyBlob(blob).type}`;
}

function certificateLines({ caKey, serials, keyIds }: RevokedCertificates): string[] {
  const ca =
    caKey === undefined
      ? '# Wildcard CA'
      : `# CA key ${parsePublicKeyBlob(caKey).type} ${fingerprint(caKey, 'sha256')}`;
  const ranges = serials
    .sorted()
    .map(({ first, last }) => `serial: ${first === last ? first : `${first}-${last}`}`);
  const ids = sorted(keyIds).map(
    (hex) => `id: ${visible(new TextDecoder().decode(Uint8Array.fromHex(hex)))}`,
  );
  return ['', ca, ...ranges, ...ids];
}

function sorted(set: ReadonlySet<string>): string[] {
  return [...set].toSorted((one, other) => (one < other ? -1 : 1));
}
