// -k and -Q: key revocation lists (ssh-keygen(1), KEY REVOCATION LISTS).
import { FormatError } from '@orrery/bytes';
import { DiskError, writeFileAtomic } from '@orrery/disk';
import {
  Krl,
  MAX_KRL,
  MAX_KRL_SPECIFICATION,
  type RevokingCa,
  formatKrl,
  isRevoked,
  parseKrl,
  revokeBySpecification,
} from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { existsSync } from 'node:fs';
import { failureText } from '../copy/reason.ts';
import { publicKeyOf } from './certify.ts';
import { has, valueOf } from './command-line.ts';
import { printKrl } from './print-krl.ts';
import { readFile } from './read-file.ts';
import { KeygenError, type Session } from './session.ts';

const KRL_MODE = 0o644;
const MAX_VERSION = 2n ** 64n - 1n;

/** -k: a list of what the files name; with -u, what is in it already stays. */
export async function makeKrl({ line, print }: Session): Promise<number> {
  const path = valueOf(line, 'f');
  if (path === undefined) throw new KeygenError('KRL generation requires an output file');
  if (has(line, 'u') && !existsSync(path)) throw new KeygenError(`KRL "${path}" does not exist`);
  const krl = has(line, 'u') ? readKrl(path) : new Krl();
  krl.version = readVersion(valueOf(line, 'z')) ?? krl.version;
  krl.comment = valueOf(line, 'C') ?? krl.comment;
  krl.generated = BigInt(Math.floor(Date.now() / 1000));
  const ca = revokingCa(valueOf(line, 's'));
  for (const file of line.words) {
    const text = new TextDecoder().decode(readFile(file, MAX_KRL_SPECIFICATION));
    if (!has(line, 'q')) print(`Revoking from ${file}\n`);
    revokeIn(krl, text, file, ca);
  }
  try {
    writeFileAtomic(path, formatKrl(krl), { mode: KRL_MODE });
  } catch (cause) {
    if (cause instanceof DiskError) throw new KeygenError(`write ${path}: ${failureText(cause)}`);
    throw cause;
  }
  return 0;
}

/** -Q: whether keys are revoked; with -l, what is in the list. */
export async function askKrl({ line, print }: Session): Promise<number> {
  const path = valueOf(line, 'f');
  if (path === undefined) throw new KeygenError('KRL checking requires an input file');
  const krl = readKrl(path);
  if (has(line, 'l')) print(printKrl(krl));
  let code = 0;
  for (const file of line.words) {
    const { blob, comment } = publicKeyOf(file);
    const isBad = isRevoked(krl, blob);
    if (isBad) code = 1;
    const name = comment === undefined ? file : `${file} (${visible(comment)})`;
    print(`${name}: ${isBad ? 'REVOKED' : 'ok'}\n`);
  }
  return code;
}

function revokeIn(krl: Krl, text: string, file: string, ca: RevokingCa | undefined): void {
  try {
    revokeBySpecification(krl, text, ca);
  } catch (cause) {
    if (cause instanceof FormatError) throw new KeygenError(`${file}: ${cause.message}`);
    throw cause;
  }
}

function readKrl(path: string): Krl {
  try {
    return parseKrl(readFile(path, MAX_KRL, `Unable to load KRL ${path}`));
  } catch (cause) {
    if (cause instanceof FormatError) throw new KeygenError(`Invalid KRL file "${path}": ${cause.message}`);
    throw cause;
  }
}

/** `none` stands for all of them. */
function revokingCa(path: string | undefined): RevokingCa | undefined {
  if (path === undefined) return undefined;
  return path.toLowerCase() === 'none' ? 'any' : publicKeyOf(path).blob;
}

function readVersion(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const isNumber = /^(?:0x[\da-fA-F]{1,16}|\d{1,20})$/.test(text);
  if (!isNumber || BigInt(text) > MAX_VERSION) throw new KeygenError(`Invalid KRL version "${text}"`);
  return BigInt(text);
}
