// The server's own keys, and what it shows for them.
import { publicKeyProblem, type KeySigner } from '@orrery/keys';
import { reasonOf } from '../../copy/reason.ts';
import type { HostAgent } from './host-agent.ts';
import { loadCertificates } from './host-certificates.ts';
import { readHostKey, readPublicHalf } from './key-files.ts';
import type { SignerFiles } from './task.ts';

export interface HostKeys {
  readonly plain: readonly KeySigner[];
  /** The same keys, shown by certificates. */
  readonly certified: readonly KeySigner[];
}

type Warn = (text: string) => void;

/**
 * Those that can be used, in order. `warn` is told of the others.
 * @param agent Signs for keys whose private half is in none of the files.
 */
export async function loadHostKeys(
  { hostCertificates, hostKeys }: Pick<SignerFiles, 'hostCertificates' | 'hostKeys'>,
  agent: HostAgent | undefined,
  warn: Warn,
): Promise<HostKeys> {
  const plain: KeySigner[] = [];
  for (const file of hostKeys) {
    try {
      plain.push(await loadHostKey(file, agent));
    } catch (error) {
      warn(reasonOf(error));
    }
  }
  if (plain.length === 0) warn('qsshd: no hostkeys available -- exiting.');
  return { plain, certified: loadCertificates(hostCertificates, plain, warn) };
}

async function loadHostKey(file: string, agent: HostAgent | undefined): Promise<KeySigner> {
  try {
    return await readHostKey(file);
  } catch (error) {
    const key = agent && readPublicHalf(file);
    if (agent === undefined || key === undefined) throw error;
    const problem = publicKeyProblem(key.blob);
    if (problem !== undefined) throw new Error(`Cannot use host key "${file}": ${problem}`, { cause: error });
    return agent.signer(key.blob);
  }
}
