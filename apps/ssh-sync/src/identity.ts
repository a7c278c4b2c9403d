import { hostname } from 'node:os';
import { UsageError } from '@orrery/terminal';
import { isMachineName, isUsername, type Identity } from '@orrery/vault';
import { text, type Context } from './context.ts';

/** Who this machine is to be: from flags, or asked. @throws {UsageError} */
export async function askIdentity(context: Context): Promise<Identity> {
  const { terminal, options } = context;
  const server =
    text(options, 'server') ??
    (await terminal.ask({ question: 'URL of the server', flag: '--server URL', validate: refuseServer }));
  const username =
    text(options, 'username') ??
    (await terminal.ask({
      question: 'Name of the account',
      flag: '--username NAME',
      validate: refuseUsername,
    }));
  const machine = text(options, 'machine') ?? machineName();
  for (const refusal of [refuseUsername(username), refuseMachine(machine)])
    if (refusal !== undefined) throw new UsageError(refusal);
  return { server: useServer(context, server), username, machine };
}

/** The origin of a server that was named. @throws {UsageError} */
export function useServer({ terminal }: Context, server: string): string {
  const refusal = refuseServer(server);
  if (refusal !== undefined) throw new UsageError(refusal);
  const url = new URL(server);
  if (url.protocol === 'http:' && !isLoopback(url))
    terminal.warn(`"${url.origin}" is not encrypted: others on the way see which machines talk to it`);
  return url.origin;
}

function refuseServer(server: string): string | undefined {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const fits =
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.pathname === '/' &&
    url.search === '';
  if (!fits || url.username !== '')
    return `Cannot use server "${server}": a URL such as https://sync.example.org expected`;
  return undefined;
}

function refuseUsername(username: string): string | undefined {
  if (isUsername(username)) return undefined;
  return `Cannot use username "${username}": 1 to 64 of a-z, 0-9, ".", "-" and "_" expected, with a letter or digit at both ends`;
}

function refuseMachine(machine: string): string | undefined {
  if (isMachineName(machine)) return undefined;
  return `Cannot use machine name "${machine}": 1 to 32 letters and digits expected, with blanks, ".", "-" and "_" inside`;
}

/** The host name as a machine name. */
function machineName(): string {
  const name = hostname().split('.')[0]?.slice(0, 32) ?? '';
  return isMachineName(name) ? name : 'machine';
}

function isLoopback({ hostname: host }: URL): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
