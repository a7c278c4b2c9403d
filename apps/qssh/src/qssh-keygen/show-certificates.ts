import { FormatError, Reader } from '@orrery/bytes';
import {
  type Certificate,
  certificateOptionText,
  fingerprint,
  parseCertificate,
  parsePublicKeyBlob,
} from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { typeWord } from '../qssh/host-key/key-words.ts';
import { validityText } from './certificate-time.ts';
import { inputPath } from './input-path.ts';
import { keyInLine } from './public-key-file.ts';
import { STANDARD_INPUT, readFile } from './read-file.ts';
import type { Session } from './session.ts';

/** Longest file, in bytes. */
const MAX_FILE = 8_388_608;
const MAX_ALGORITHM = 64;

/** What ssh-keygen knows: flags without a value, and options with one. */
const flags = {
  critical: ['verify-required'],
  extension: [
    'permit-X11-forwarding',
    'permit-agent-forwarding',
    'permit-port-forwarding',
    'permit-pty',
    'permit-user-rc',
    'no-touch-required',
  ],
} as const;
const valued: readonly string[] = ['force-command', 'source-address'];

/** -L: all that certificates say. */
export async function showCertificates(session: Session): Promise<number> {
  const path = await inputPath(session);
  const isInput = path === STANDARD_INPUT;
  const name = isInput ? '(stdin)' : path;
  const lines = new TextDecoder().decode(readFile(path, MAX_FILE)).split('\n');
  let isWhole = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const certificate = certificateIn(line);
    if (certificate === undefined) session.say(`${name}:${index + 1} is not a certificate`);
    else {
      session.print(`${isInput || index > 0 ? `${name}:${index + 1}` : name}:\n${textOf(certificate)}`);
      isWhole = true;
    }
  }
  return isWhole ? 0 : 1;
}

function certificateIn(line: string): Certificate | undefined {
  const key = keyInLine(line);
  if (key?.certifiedKey === undefined) return undefined;
  try {
    return parseCertificate(key.blob);
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

function textOf(certificate: Certificate): string {
  const { caKey, signature, keyId, serial, principals, criticalOptions, extensions } = certificate;
  const algorithm = new Reader(signature).text(MAX_ALGORITHM);
  const options = (kind: 'critical' | 'extension', from: Certificate['extensions']): string[] =>
    [...from].map(([option, data]) => optionText(kind, option, data));
  return [
    `Type: ${certificate.keyType} ${certificate.type} certificate`,
    `Public key: ${named(certificate.blob)}`,
    `Signing CA: ${named(caKey)} (using ${visible(algorithm)})`,
    `Key ID: "${visible(keyId)}"`,
    `Serial: ${serial}`,
    `Valid: ${validityText(certificate)}`,
    ...listed('Principals', principals.map(visible)),
    ...listed('Critical Options', options('critical', criticalOptions)),
    ...listed('Extensions', options('extension', extensions)),
  ]
    .map((line) => `        ${line}\n`)
    .join('');
}

function named(blob: Uint8Array): string {
  return `${typeWord(parsePublicKeyBlob(blob))} ${fingerprint(blob, 'sha256')}`;
}

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? [`${title}: (none)`]
    : [`${title}: `, ...lines.map((line) => `        ${line}`)];
}

function optionText(kind: 'critical' | 'extension', name: string, data: Uint8Array): string {
  const known: readonly string[] = flags[kind];
  if (known.includes(name)) return name;
  if (kind === 'critical' && valued.includes(name)) return `${name} ${visible(valueIn(data))}`;
  const what =
    data.length === 0 ? 'UNKNOWN FLAG OPTION' : `UNKNOWN OPTION: ${data.toHex()} (len ${data.length})`;
  return `${visible(name)} ${what}`;
}

function valueIn(data: Uint8Array): string {
  try {
    return certificateOptionText(data);
  } catch (cause) {
    if (cause instanceof FormatError) return `UNKNOWN OPTION: ${data.toHex()} (len ${data.length})`;
    throw cause;
  }
}
