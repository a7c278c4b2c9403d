// -t: what the signer will say of the server's keys. They are read in a process that ends then.
import { reasonOf } from '../copy/reason.ts';
import type { Settings } from '../sshd-config/directives.ts';
import { hostKeyFiles } from './host-key-files.ts';
import { connectAgent } from './listener/agent-connection.ts';
import { HostAgent } from './signer/host-agent.ts';
import { loadHostKeys } from './signer/host-keys.ts';

/** Whether there is one that can be used; `warn` is told what cannot. */
export async function checkHostKeys(
  settings: Pick<Settings, 'hostCertificate' | 'hostKey' | 'hostKeyAgent'>,
  warn: (text: string) => void,
): Promise<boolean> {
  const hostKeys = hostKeyFiles(settings, () => undefined);
  if (hostKeys.length === 0) return true; // they are made when it starts
  const { hostCertificate: hostCertificates, hostKeyAgent } = settings;
  const agent = hostKeyAgent === undefined ? undefined : new HostAgent(() => undefined);
  const { plain } = await loadHostKeys({ hostKeys, hostCertificates }, agent, warn);
  if (hostKeyAgent !== undefined)
    try {
      (await connectAgent(hostKeyAgent)).destroy();
    } catch (error) {
      warn(reasonOf(error));
    }
  return plain.length > 0;
}
