// Keys and signatures within this process, beside OpenSSL as node:crypto has it, and liboqs.
import { enableFalcon, generatePrivateKey, verifySignature } from '@orrery/keys';
import { sign, verify } from 'node:crypto';
import { loadLiboqs } from '../../packages/crypto/testing/liboqs.ts';
import { remark } from '../report.ts';
import { ownTime } from './cpu-time.ts';
import { type Contender, beside, inTurn } from './in-turn.ts';
import { type KeyType, keyTypes } from './key-types.ts';

const message = new TextEncoder().encode(
  'a message of a hundred bytes, as long as what a login signs '.repeat(2),
);

/** One way to do all three with keys of one type. */
interface Way {
  readonly name: string;
  readonly generate: () => unknown;
  readonly sign: () => unknown;
  readonly verify: () => unknown;
}

export async function benchInProcess(): Promise<void> {
  await enableFalcon();
  const liboqs = await loadLiboqs();
  if (liboqs === undefined) remark('liboqs', 'is not here: npm has it as @oqs/liboqs-js');
  for (const kind of keyTypes) {
    const ways = [await ours(kind)];
    if (kind.openssl !== undefined) ways.push(byOpenssl(kind.openssl));
    if (kind.liboqs !== undefined && liboqs !== undefined) ways.push(await byLiboqs(kind.liboqs(liboqs)));
    for (const act of ['generate', 'sign', 'verify'] as const) {
      const contenders: Contender[] = ways.map((way) => ({ name: way.name, run: way[act] }));
      // The time until two primes are found is a matter of luck.
      const rounds = kind.type === 'ssh-rsa' && act === 'generate' ? 21 : undefined;
      remark(`${kind.type}: ${act}`, beside(contenders, await inTurn(contenders, ownTime, rounds)));
    }
  }
}

/** From and to what SSH has in its messages. */
async function ours({ type }: KeyType): Promise<Way> {
  const key = await generatePrivateKey(type, '', {});
  const signer = key.signer();
  const [algorithm = ''] = signer.algorithms;
  const signature = await signer.sign(message, algorithm);
  return {
    name: 'ours',
    generate: () => generatePrivateKey(type, '', {}),
    sign: () => signer.sign(message, algorithm),
    verify: () => mustBe(verifySignature(key.publicKey, algorithm, message, signature)),
  };
}

/** With keys that are imported already. */
function byOpenssl({ hash, generate }: NonNullable<KeyType['openssl']>): Way {
  const { privateKey, publicKey } = generate();
  const signature = sign(hash, message, privateKey);
  return {
    name: 'OpenSSL',
    generate,
    sign: () => sign(hash, message, privateKey),
    verify: () => mustBe(verify(hash, message, publicKey, signature)),
  };
}

async function byLiboqs(made: ReturnType<NonNullable<KeyType['liboqs']>>): Promise<Way> {
  const library = await made;
  const { secretKey, publicKey } = library.generateKeyPair();
  const signature = library.sign(message, secretKey);
  return {
    name: 'liboqs',
    generate: () => library.generateKeyPair(),
    sign: () => library.sign(message, secretKey),
    verify: () => mustBe(library.verify(message, signature, publicKey)),
  };
}

/** What fails quickly is no measure. */
function mustBe(isValid: boolean): void {
  if (!isValid) throw new Error('Cannot measure: the signature does not verify');
}
