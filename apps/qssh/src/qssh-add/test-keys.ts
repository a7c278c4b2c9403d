import { randomBytes } from '@orrery/crypto';
import { verifySignature } from '@orrery/keys';
import { publicKeyOf } from './key-files.ts';
import { type Session, problemOf } from './session.ts';

/** Bytes that are signed. */
const LENGTH = 1024;

/** Whether the agent signs with each of these keys. */
export async function testKeys(session: Session): Promise<boolean> {
  const results: boolean[] = [];
  for (const path of session.line.files) results.push(await testKey(path, session));
  return results.every(Boolean);
}

async function testKey(path: string, { client, line, say }: Session): Promise<boolean> {
  const key = publicKeyOf(path);
  if (key === undefined) {
    say(`Couldn't read public key ${path}`);
    return false;
  }
  const signer = client.signer({ publicKey: key.blob, comment: '' });
  const [algorithm] = signer.algorithms;
  const data = randomBytes(LENGTH);
  try {
    if (algorithm === undefined) throw new Error('its type is not known');
    const signature = await signer.sign(data, algorithm);
    if (verifySignature(key.blob, algorithm, data, signature)) {
      if (line.isVerbose) say(`Signature verification succeeded for ${path}`);
      return true;
    }
    say(`Signature verification failed for ${path}`);
  } catch (cause) {
    say(`Agent signature failed for ${path}: ${problemOf(cause)}`);
  }
  return false;
}
