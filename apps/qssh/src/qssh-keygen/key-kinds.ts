// What -t may say (ssh-keygen(1)), and the names that other programs of this kind have.
import { enableFalcon, signatureNamesOf } from '@orrery/keys';
import { KeygenError } from './session.ts';

export interface KeyKind {
  /** In SSH. */
  readonly type: string;
  /** As people know it. */
  readonly word: string;
  /** In `~/.ssh`. */
  readonly file: string;
  /** A word on what it is, for kinds that need one. */
  readonly note?: string;
}

export const COMPOSITE: KeyKind = {
  type: 'ssh-mldsa44-ed25519',
  word: 'mldsa44-ed25519',
  file: 'id_mldsa44_ed25519',
};
export const ED25519: KeyKind = { type: 'ssh-ed25519', word: 'ed25519', file: 'id_ed25519' };

const kinds: Readonly<Record<string, KeyKind>> = {
  'mldsa44-ed25519': COMPOSITE,
  ed25519: ED25519,
  rsa: { type: 'ssh-rsa', word: 'rsa', file: 'id_rsa' },
  'ecdsa 256': { type: 'ecdsa-sha2-nistp256', word: 'ecdsa', file: 'id_ecdsa' },
  'ecdsa 384': { type: 'ecdsa-sha2-nistp384', word: 'ecdsa', file: 'id_ecdsa' },
  'ecdsa 521': { type: 'ecdsa-sha2-nistp521', word: 'ecdsa', file: 'id_ecdsa' },
  falcon: {
    type: 'ssh-falcon512',
    word: 'falcon',
    file: 'id_falcon512',
    note: 'falcon is Falcon-512, an experiment: no standard has its keys yet, OpenSSH does not know them, and signing takes a time that depends on the key.',
  },
  'ssh-falcon1024': {
    type: 'ssh-falcon1024',
    word: 'falcon1024',
    file: 'id_falcon1024',
    note: 'ssh-falcon1024 is Falcon-1024, an experiment as falcon is.',
  },
  'sphincs+': {
    type: 'ssh-slh-dsa-sha2-128s',
    word: 'sphincs+',
    file: 'id_slh_dsa_sha2_128s',
    note: 'sphincs+ is SLH-DSA-SHA2-128s (FIPS 205): it stands on hashes alone, signatures have 7856 bytes and take a second, and OpenSSH does not know it.',
  },
};

const refused: Readonly<Record<string, string>> = {
  falcon768: 'there is no Falcon-768: use mldsa44-ed25519, or falcon for the experiment with Falcon-512',
  lamport: 'a Lamport key signs only once: use sphincs+, which stands on hashes as well',
  dsa: 'DSA is too weak: use mldsa44-ed25519 or ed25519',
  'ecdsa-sk': 'keys in security keys cannot be made here: use ed25519',
  'ed25519-sk': 'keys in security keys cannot be made here: use ed25519',
};

/** RSA keys by the names of their signatures (RFC 8332). */
const RSA = /^rsa-sha2-(?:256|512)$/;

const ECDSA_SIZES = [256, 384, 521];

/** The kind that -t and -b name. @throws {KeygenError} */
export function findKind(name: string, bits: number | undefined): KeyKind {
  const word = name.toLowerCase().replace(RSA, 'rsa');
  const reason = refused[word];
  if (reason !== undefined) throw new KeygenError(`Cannot make key of type "${name}": ${reason}`);
  if (word === 'ecdsa' && !ECDSA_SIZES.includes(bits ?? 256))
    throw new KeygenError('Invalid ECDSA key length: valid lengths are 256, 384 or 521 bits');
  const kind = kinds[word === 'ecdsa' ? `ecdsa ${bits ?? 256}` : word] ?? kindOfType(name);
  if (kind === undefined) throw new KeygenError(`unknown key type ${name}`);
  return kind;
}

/** Falcon is not known to a process that did not ask for it. @param type The name of a type in SSH. */
export async function prepareType(type: string): Promise<void> {
  if (type.startsWith('ssh-falcon')) await enableFalcon();
}

/** The name of a type in full. */
function kindOfType(type: string): KeyKind | undefined {
  const known = Object.values(kinds).find((kind) => kind.type === type);
  if (known !== undefined) return known;
  const isMade = signatureNamesOf(type).length > 0 && !type.startsWith('sk-') && !type.includes('webauthn');
  if (!isMade) return undefined;
  const word = type.replace(/^ssh-/, '').replace(/@.*$/, '');
  return { type, word, file: `id_${word.replaceAll('-', '_')}` };
}
