import { equal } from '@orrery/bytes';
import type { KeySigner } from '@orrery/keys';
import type { AgentError } from '@orrery/ssh';
import { reasonOf } from '../copy/reason.ts';
import { dialAgent } from '../qssh/login/agent-socket.ts';
import { KeygenError } from './session.ts';

/** Signs with a key that an agent holds, until `close`. */
export interface AgentSigner {
  readonly signer: KeySigner;
  readonly close: () => void;
}

/**
 * A signer with the agent in SSH_AUTH_SOCK; undefined if there is none that has the key.
 * @param publicKey The key's blob.
 */
export async function agentSigner(publicKey: Uint8Array): Promise<AgentSigner | undefined> {
  const path = process.env['SSH_AUTH_SOCK'] ?? '';
  if (path === '') return undefined;
  const { AgentClient, AgentError } = await import('@orrery/ssh');
  try {
    const client = new AgentClient(await dialAgent(path));
    const held = (await client.list()).find((one) => equal(one.publicKey, publicKey));
    if (held !== undefined)
      return { signer: failing(client.signer(held), AgentError), close: () => client.close() };
    client.close();
  } catch (cause) {
    if (!(cause instanceof AgentError || (cause instanceof Error && 'errno' in cause))) throw cause;
  }
  return undefined;
}

function failing(signer: KeySigner, refusal: typeof AgentError): KeySigner {
  return {
    ...signer,
    sign: async (message, algorithm) => {
      try {
        return await signer.sign(message, algorithm);
      } catch (cause) {
        if (cause instanceof refusal) throw new KeygenError(`The agent did not sign: ${reasonOf(cause)}`);
        throw cause;
      }
    },
  };
}
