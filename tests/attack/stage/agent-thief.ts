// A host that people log in to, and that is after their agent. It has a key of its own, number 7.
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { after } from 'node:test';
import { acceptLogin, serveLogin, type Channel } from '@orrery/ssh';
import { host } from '../../../packages/ssh/testing/agent.ts';

/** Opens a channel to the agent, asked for or not. */
export type OpenAgent = () => Promise<Channel>;

export interface Thief {
  readonly port: number;
  /** What came of the attack on the last who logged in. */
  readonly outcome: () => Promise<string>;
}

/** Lets everybody in, tries its attack whatever is asked for, and then says "done", as a program would. */
export async function startThief(attack: (open: OpenAgent) => Promise<string>): Promise<Thief> {
  let outcome: Promise<string> = Promise.resolve('nobody came');
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    const authenticator = { policy: () => [['none']], allowsNothing: async () => true };
    const login = acceptLogin(socket, { hostKeys: [host(7)], authenticator });
    login
      .then((found) => {
        const connection = serveLogin(found, {
          handlers: {
            session: () => ({
              agent: () => true,
              start: (_, session) => {
                outcome = attack(() => connection.openChannel('auth-agent@openssh.com'));
                void outcome.finally(() => {
                  session.stdout.write('done\n');
                  session.exit({ code: 0 });
                });
                return {};
              },
            }),
          },
        });
      })
      .catch(() => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => void server.close());
  return { port: (server.address() as AddressInfo).port, outcome: () => outcome };
}
