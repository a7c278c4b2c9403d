// The types of keys that are measured, and who else has them.
import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import type { LiboqsSignatures, loadLiboqs } from '../../packages/crypto/testing/liboqs.ts';

type Liboqs = NonNullable<Awaited<ReturnType<typeof loadLiboqs>>>;

export interface KeyType {
  readonly type: string;
  /** Words of ssh-keygen and qssh-keygen. */
  readonly words: readonly string[];
  /** Whether OpenSSH has the type. */
  readonly isOpenssh?: true;
  readonly openssl?: {
    readonly hash: string | null;
    readonly generate: () => { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  };
  readonly liboqs?: (library: Liboqs) => Promise<LiboqsSignatures>;
}

export const keyTypes: readonly KeyType[] = [
  {
    type: 'ssh-ed25519',
    words: ['-t', 'ed25519'],
    isOpenssh: true,
    openssl: { hash: null, generate: () => generateKeyPairSync('ed25519') },
  },
  ecdsa('256', 'sha256'),
  ecdsa('384', 'sha384'),
  ecdsa('521', 'sha512'),
  {
    type: 'ssh-rsa',
    words: ['-t', 'rsa', '-b', '3072'],
    isOpenssh: true,
    openssl: { hash: 'sha512', generate: () => generateKeyPairSync('rsa', { modulusLength: 3072 }) },
  },
  { type: 'ssh-mldsa44-ed25519', words: ['-t', 'mldsa44-ed25519'] },
  mlDsa('44', (library) => library.createMLDSA44()),
  mlDsa('65', (library) => library.createMLDSA65()),
  mlDsa('87', (library) => library.createMLDSA87()),
  slhDsa('128s', (library) => library.createSlhDsaSha2128s()),
  slhDsa('128f', (library) => library.createSlhDsaSha2128f()),
  falcon('512', (library) => library.createFalcon512()),
  falcon('1024', (library) => library.createFalcon1024()),
];

function ecdsa(bits: '256' | '384' | '521', hash: string): KeyType {
  const generate = () => generateKeyPairSync('ec', { namedCurve: `P-${bits}` });
  return {
    type: `ecdsa-sha2-nistp${bits}`,
    words: ['-t', 'ecdsa', '-b', bits],
    isOpenssh: true,
    openssl: { hash, generate },
  };
}

function mlDsa(set: '44' | '65' | '87', liboqs: NonNullable<KeyType['liboqs']>): KeyType {
  const type = `ssh-mldsa-${set}`;
  const generate = () => generateKeyPairSync(`ml-dsa-${set}`);
  return { type, words: ['-t', type], openssl: { hash: null, generate }, liboqs };
}

function slhDsa(set: '128s' | '128f', liboqs: NonNullable<KeyType['liboqs']>): KeyType {
  const type = `ssh-slh-dsa-sha2-${set}`;
  const generate = () => generateKeyPairSync(`slh-dsa-sha2-${set}`);
  return { type, words: ['-t', type], openssl: { hash: null, generate }, liboqs };
}

function falcon(size: '512' | '1024', liboqs: NonNullable<KeyType['liboqs']>): KeyType {
  const type = `ssh-falcon${size}`;
  return { type, words: ['-t', type], liboqs };
}
