import { wipe } from '@orrery/crypto';
import { type PrivateKey, fingerprint, generatePrivateKey, parsePublicKeyBlob } from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { mkdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { has, valueOf } from './command-line.ts';
import { COMPOSITE, ED25519, type KeyKind, findKind, prepareType } from './key-kinds.ts';
import { newPassphrase } from './new-passphrase.ts';
import { randomArt } from './random-art.ts';
import { type Place, placeOf, saveKeyPair } from './save-key.ts';
import { KeygenError, type Session } from './session.ts';

const PROMPT = 'Enter passphrase (empty for no passphrase): ';
/** Between two dots, in milliseconds. */
const DOT_INTERVAL = 500;

/** A key to be made, and what stands at its place. */
interface Plan {
  readonly kind: KeyKind;
  readonly path: string;
  readonly places: { readonly secret: Place; readonly public: Place };
}

/** The key of -t; without it, a composite one and an Ed25519 beside it for servers that are older. */
export async function makeKeys(session: Session): Promise<number> {
  const { line, print, say } = session;
  const bits = readBits(valueOf(line, 'b'));
  const name = valueOf(line, 't');
  const kinds = name === undefined ? [COMPOSITE, ED25519] : [findKind(name, bits)];
  const [first = COMPOSITE] = kinds;
  if (!has(line, 'q')) {
    print(
      `Generating public/private ${kinds.map(({ word }) => word).join(' and ')} key pair${kinds.length > 1 ? 's' : ''}.\n`,
    );
    for (const { note } of kinds) if (note !== undefined) say(note);
  }
  const path = valueOf(line, 'f') ?? (await askPath(session, first));
  const plans: Plan[] = [];
  for (const kind of kinds) {
    const plan = await planKey(session, kind, kind === first ? path : pathBeside(path));
    if (plan === undefined) return 1;
    plans.push(plan);
  }
  const passphrase = await newPassphrase(session, PROMPT);
  try {
    for (const plan of plans) await makeKey(session, plan, passphrase, bits);
  } finally {
    wipe(passphrase);
  }
  return 0;
}

export function defaultComment(): string {
  return `${userInfo().username}@${hostname()}`;
}

/** A new key of a kind, with dots while that takes long. @throws {KeygenError} */
export async function newKey(
  kind: KeyKind,
  comment: string,
  bits: number | undefined,
  isQuiet: boolean,
): Promise<PrivateKey> {
  await prepareType(kind.type);
  if (kind.type !== 'ssh-rsa') return generatePrivateKey(kind.type, comment);
  const showsDots = !isQuiet && process.stderr.isTTY;
  const timer = showsDots ? setInterval(() => process.stderr.write('.'), DOT_INTERVAL) : undefined;
  try {
    return await generatePrivateKey(kind.type, comment, bits === undefined ? {} : { bits });
  } catch (cause) {
    if (cause instanceof RangeError) throw new KeygenError(`Invalid RSA key length: ${cause.message}`);
    throw cause;
  } finally {
    clearInterval(timer);
    if (showsDots) process.stderr.write('\n');
  }
}

async function makeKey(
  session: Session,
  { kind, path, places }: Plan,
  passphrase: Uint8Array,
  bits: number | undefined,
): Promise<void> {
  const { line, print } = session;
  const isQuiet = has(line, 'q');
  const key = await newKey(kind, valueOf(line, 'C') ?? defaultComment(), bits, isQuiet);
  try {
    await saveKeyPair(session, key, path, passphrase, places);
  } finally {
    wipe(key.secret);
  }
  if (isQuiet) return;
  print(`Your identification has been saved in ${path}\nYour public key has been saved in ${path}.pub\n`);
  print(`The key fingerprint is:\n${fingerprint(key.publicKey, 'sha256')} ${visible(key.comment)}\n`);
  print(`The key's randomart image is:\n${randomArt(parsePublicKeyBlob(key.publicKey), 'sha256')}\n`);
}

/** Of the default file, the other default one; else a name that says what it is. */
function pathBeside(path: string): string {
  return path.endsWith(COMPOSITE.file)
    ? `${path.slice(0, -COMPOSITE.file.length)}${ED25519.file}`
    : `${path}_ed25519`;
}

async function askPath({ ask, home, print }: Session, { file }: KeyKind): Promise<string> {
  const standard = join(home, '.ssh', file);
  const answer = await ask.line(`Enter file in which to save the key (${standard}): `);
  if (answer === undefined) throw new KeygenError('No file name was given.', 1);
  const path = answer === '' ? standard : answer;
  if (dirname(path) === join(home, '.ssh') && mkdirSync(dirname(path), { recursive: true, mode: 0o700 }))
    print(`Created directory '${dirname(path)}'.\n`);
  return path;
}

/** Undefined: what stands there is not to be replaced. */
async function planKey(session: Session, kind: KeyKind, path: string): Promise<Plan | undefined> {
  const places = { secret: placeOf(path), public: placeOf(`${path}.pub`) };
  const taken = places.secret !== null ? path : places.public !== null ? `${path}.pub` : undefined;
  if (taken !== undefined && !(await mayOverwrite(session, taken))) return undefined;
  return { kind, path, places };
}

/** Nothing is replaced without a yes. */
export async function mayOverwrite({ ask }: Session, path: string): Promise<boolean> {
  const answer = await ask.line(`${path} already exists.\nOverwrite (y/n)? `);
  return /^y/i.test(answer ?? '');
}

function readBits(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw new KeygenError(`Invalid number of bits: ${text}`);
  return Number(text);
}
