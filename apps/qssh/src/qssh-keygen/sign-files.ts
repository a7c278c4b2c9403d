import { utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { DiskError, statRegularFile, writeFileAtomic } from '@orrery/disk';
import { type KeySigner, printSshsig, recognisePrivateKey, signSshsig } from '@orrery/keys';
import { existsSync } from 'node:fs';
import { failureText } from '../copy/reason.ts';
import { agentSigner } from './agent-signer.ts';
import { publicKeyOf } from './certify.ts';
import { has } from './command-line.ts';
import { digestFile } from './digest-file.ts';
import { mayOverwrite } from './make-keys.ts';
import { openKey } from './open-key.ts';
import { readFile } from './read-file.ts';
import { type Session, KeygenError } from './session.ts';
import { readSignatureOptions, required } from './signature-options.ts';

const SIGNATURE_MODE = 0o644;

interface SigningKey {
  readonly signer: KeySigner;
  readonly certificate?: Uint8Array;
  readonly close: () => void;
}

/** -Y sign: each file into one with `.sig` behind its name, or standard input to standard output. */
export async function signFiles(session: Session): Promise<number> {
  const { line } = session;
  const namespace = required(line, 'n', 'namespace');
  const path = required(line, 'f', 'key');
  const { hash } = readSignatureOptions(line);
  const { signer, certificate, close } = await signingKey(session, path);
  const options = { namespace, hash, ...(certificate !== undefined && { certificate }) };
  const sign = async (file: string | undefined): Promise<string> =>
    printSshsig(await signSshsig(signer, { digest: digestFile(file, hash) }, options));
  try {
    if (line.words.length === 0) {
      if (!has(line, 'q')) session.say('Signing data on standard input');
      session.print(await sign(undefined));
    }
    for (const file of line.words) {
      if (!has(line, 'q')) session.say(`Signing file ${file}`);
      await saveSignature(session, `${file}.sig`, await sign(file));
    }
    return 0;
  } finally {
    close();
  }
}

async function saveSignature(session: Session, path: string, text: string): Promise<void> {
  try {
    const expect = statRegularFile(path) ?? null;
    if (expect !== null && !(await mayOverwrite(session, path))) return;
    writeFileAtomic(path, utf8(text), { mode: SIGNATURE_MODE, expect });
  } catch (cause) {
    if (cause instanceof DiskError) throw new KeygenError(failureText(cause));
    throw cause;
  }
  if (!has(session.line, 'q')) session.say(`Write signature to ${path}`);
}

/** The agent's if it has the key; else that of the private key file, also where -f names the public one. */
async function signingKey(session: Session, path: string): Promise<SigningKey> {
  const key = publicKeyOf(path);
  const shown = key.certifiedKey === undefined ? {} : { certificate: key.blob };
  const inAgent =
    (await agentSigner(key.blob)) ?? (key.certifiedKey && (await agentSigner(key.certifiedKey)));
  if (inAgent !== undefined) return { ...inAgent, ...shown };
  const file = path.replace(/(?:-cert)?\.pub$/, '');
  if (!existsSync(file) || (file === path && !isPrivateKey(path)))
    throw new KeygenError(`No private key found for public key "${path}"`);
  const { key: secret, passphrase } = await openKey(session, file, `Load key "${file}"`);
  try {
    return { signer: secret.signer(), close: () => undefined, ...shown };
  } finally {
    wipe(secret.secret, passphrase);
  }
}

/** A public key need not have `.pub` behind its name: git writes those of `key::` to files of any name. */
function isPrivateKey(path: string): boolean {
  const bytes = readFile(path);
  try {
    return recognisePrivateKey(bytes) !== undefined;
  } finally {
    wipe(bytes);
  }
}
