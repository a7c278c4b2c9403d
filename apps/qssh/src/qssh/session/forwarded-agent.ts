// -A and ForwardAgent: the user's agent, for programs on the other side (ssh_config(5)).
import { AgentClient, AgentError, type AgentAccess, type Client, type ClientSession } from '@orrery/ssh';
import type { ClientConfig } from '../../config/load-config.ts';
import { failureText } from '../../copy/reason.ts';
import type { Log } from '../log.ts';
import { dialAgent, forwardedSocket } from '../login/agent-socket.ts';

/** What a server tells of itself whose programs can prove to an agent where a login goes: OpenSSH's from 8.9 on. */
const BINDS = 'publickey-hostbound@openssh.com';

/** Forwards an agent to one session. */
export type ForwardAgent = (session: ClientSession) => Promise<void>;

/** The agent for the connection, whatever of it is forwarded; it warns of each thing once. */
export function agentAccess(config: ClientConfig, log: Log): AgentAccess {
  let isWarned = false;
  return {
    connect: async () => {
      const path = forwardedSocket(config.settings, process.env);
      if (path === undefined) throw new Error('Cannot connect to the agent: there is none');
      return dialAgent(path);
    },
    onUnasked: () => {
      if (isWarned) return;
      isWarned = true;
      log.error(
        'Warning: the server tried to use the agent, which is not forwarded to it. It was refused.\nWarning: no honest server does that.',
      );
    },
  };
}

/** What forwards the agent, if it is to be; undefined where there is none. Tells whose word the agent has to take. */
export async function prepareForwarding(
  client: Client,
  { host, settings }: ClientConfig,
  log: Log,
): Promise<ForwardAgent | undefined> {
  const path = forwardedSocket(settings, process.env);
  if (path === undefined) return undefined;
  try {
    if (!(await canBind(path, client)))
      log.info(
        `Warning: the agent does not bind this session, so that it cannot tell ${host} from here: keys with destinations are of no use there, all others as they are here.`,
      );
  } catch (cause) {
    log.debug(
      `Cannot forward the agent: ${cause instanceof AgentError ? cause.message : failureText(cause)}`,
    );
    return undefined;
  }
  return async (session) => {
    log.debug('Requesting authentication agent forwarding.');
    if (!(await session.forwardAgent())) return log.verbose(`${host} does not take the agent.`);
    if (!client.connection.transport.extensions.has(BINDS))
      log.info(
        `Warning: ${host} does not bind sessions: keys with destinations log in nowhere from there, and others anywhere.`,
      );
  };
}

/** @throws what the system says, or {AgentError} */
async function canBind(path: string, client: Client): Promise<boolean> {
  const agent = new AgentClient(await dialAgent(path));
  try {
    await agent.bindSession({ ...client.sessionProof, isForwarding: true });
    return true;
  } catch (cause) {
    if (cause instanceof AgentError && cause.code === 'refused') return false;
    throw cause;
  } finally {
    agent.close();
  }
}
