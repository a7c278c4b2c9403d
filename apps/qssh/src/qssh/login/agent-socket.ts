// Where the user's agent listens (ssh_config(5), IdentityAgent; ssh(1), SSH_AUTH_SOCK).
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import type { Settings } from '../../config/settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined: none is to be asked. */
export function agentSocket(settings: Settings, environment: Environment): string | undefined {
  const value = settings.get('identityagent') ?? 'SSH_AUTH_SOCK';
  if (value.toLowerCase() === 'none') return undefined;
  return socketNamed(value === 'SSH_AUTH_SOCK' ? '$SSH_AUTH_SOCK' : value, environment);
}

/** Where the agent listens that is forwarded (ssh_config(5), ForwardAgent); undefined: none is. */
export function forwardedSocket(settings: Settings, environment: Environment): string | undefined {
  const value = settings.get('forwardagent') ?? 'no';
  if (value === 'no') return undefined;
  if (value === 'yes') return agentSocket(settings, environment);
  return socketNamed(value, environment);
}

/** @param value A path, or `$NAME` for the variable that has it. */
function socketNamed(value: string, environment: Environment): string | undefined {
  const [, variable] = /^\$([A-Za-z_]\w*)$/.exec(value) ?? [];
  const path = variable === undefined ? value : environment[variable];
  return path === '' ? undefined : path;
}

/** A connection to an agent. @throws what the system says */
export async function dialAgent(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}
