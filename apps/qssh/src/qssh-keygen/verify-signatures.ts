import { FormatError } from '@orrery/bytes';
import {
  type AllowedSigner,
  MAX_ALLOWED_SIGNERS,
  MAX_KRL,
  MAX_SSHSIG,
  type Sshsig,
  findPrincipals,
  fingerprint,
  isAllowedSigner,
  isRevoked,
  matchPrincipals,
  parseAllowedSigners,
  parsePublicKeyBlob,
  parseRevokedKeys,
  parseSshsig,
  printPublicKeyLine,
  verifySshsig,
} from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { typeWord } from '../qssh/host-key/key-words.ts';
import { has, valueOf } from './command-line.ts';
import { digestFile } from './digest-file.ts';
import { prepareType } from './key-kinds.ts';
import { readFile } from './read-file.ts';
import { KeygenError, type Session } from './session.ts';
import { readSignatureOptions, required } from './signature-options.ts';

/** As ssh-keygen ends where no principal matches. */
const NO_MATCH = 210;

/** -Y verify: whether one of those who may has signed what is on standard input. */
export async function verifySignature(session: Session): Promise<number> {
  const { line } = session;
  const namespace = required(line, 'n', 'namespace');
  const path = required(line, 's', 'signature file');
  const allowed = required(line, 'f', 'allowed keys file');
  const principal = required(line, 'I', 'principal identity');
  const { time } = readSignatureOptions(line);
  return checked(session, path, namespace, ` for ${visible(principal)}`, (sshsig) => {
    const revoked = valueOf(line, 'r');
    if (revoked !== undefined && isRevoked(parseRevokedKeys(readFile(revoked, MAX_KRL)), sshsig.publicKey))
      throw new KeygenError('The key is revoked');
    if (!isAllowedSigner(readSigners(session, allowed), sshsig, principal, time))
      throw new KeygenError(`The key is not one of ${visible(principal)}`);
  });
}

/** -Y check-novalidate: whether the key in a signature made it; whose it is stays open. */
export async function checkSignature(session: Session): Promise<number> {
  const namespace = required(session.line, 'n', 'namespace');
  const path = required(session.line, 's', 'signature file');
  return checked(session, path, namespace, '', () => undefined);
}

/** -Y find-principals: for whom the key of a signature may sign. */
export async function findSigners(session: Session): Promise<number> {
  const { line, print, say } = session;
  const path = required(line, 's', 'signature file');
  const allowed = required(line, 'f', 'allowed keys file');
  const { time } = readSignatureOptions(line);
  const sshsig = orFail(
    () => say('No principal matched.'),
    () => readSignature(path),
  );
  const found = findPrincipals(readSigners(session, allowed), sshsig, time);
  if (found.length === 0) throw new KeygenError('No principal matched.');
  // A certificate may hold any name: each is one line.
  for (const principal of found) print(`${visible(principal)}\n`);
  return 0;
}

/** -Y match-principals: the lines of those who may sign that mean a principal. */
export async function matchSigners(session: Session): Promise<number> {
  const allowed = required(session.line, 'f', 'allowed keys file');
  const principal = required(session.line, 'I', 'principal ID');
  const found = matchPrincipals(readSigners(session, allowed), principal);
  if (found.length === 0) throw new KeygenError('No principal matched.', NO_MATCH);
  for (const principals of found) session.print(`${principals}\n`);
  return 0;
}

async function checked(
  { line, print }: Session,
  path: string,
  namespace: string,
  whose: string,
  check: (sshsig: Sshsig) => void,
): Promise<number> {
  const { printsKey } = readSignatureOptions(line);
  const tell = (): void => {
    if (!has(line, 'q')) print('Could not verify signature.\n');
  };
  const { sshsig, key } = orFail(tell, () => {
    const read = readSignature(path);
    return { sshsig: read, key: parsePublicKeyBlob(read.publicKey) };
  });
  await prepareType(key.type);
  orFail(tell, () => {
    if (sshsig.namespace !== namespace) throw new KeygenError('The namespace does not match');
    if (!verifySshsig(sshsig, namespace, { digest: digestFile(undefined, sshsig.hash) }))
      throw new KeygenError('Incorrect signature');
    check(sshsig);
  });
  const name = `${typeWord(key)} key ${fingerprint(key.blob, 'sha256')}`;
  if (!has(line, 'q')) print(`Good "${visible(namespace)}" signature${whose} with ${name}\n`);
  if (printsKey) print(`${printPublicKeyLine(key)}\n`);
  return 0;
}

function readSignature(path: string): Sshsig {
  return parseSshsig(new TextDecoder().decode(readFile(path, MAX_SSHSIG, "Couldn't read signature file")));
}

/** Lines that make no sense let nobody sign. */
function readSigners({ say }: Session, path: string): readonly AllowedSigner[] {
  const text = new TextDecoder().decode(readFile(path, MAX_ALLOWED_SIGNERS));
  const { signers, unreadable } = parseAllowedSigners(text);
  for (const { line, reason } of unreadable) say(`${path}:${line}: ${reason}`);
  return signers;
}

/** Whatever is wrong, the signature counts for nothing. */
function orFail<T>(tell: () => void, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof KeygenError || cause instanceof FormatError)) throw cause;
    tell();
    throw new KeygenError(cause.message);
  }
}
