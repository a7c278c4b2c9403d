// A process that takes over a connection from another.
import { resumeLogin, type Authenticated, type TransportState } from '@orrery/ssh';
import { Socket } from 'node:net';
import { commandServer, serveCommands } from './commands.ts';

export interface Inheritance {
  readonly state: TransportState;
  readonly authenticated: Authenticated;
}

process.once('message', ({ state, authenticated }: Inheritance, socket: unknown) => {
  if (!(socket instanceof Socket)) throw new TypeError('Cannot take over: there is no socket');
  const { ended } = serveCommands(resumeLogin(socket, state, authenticated, commandServer));
  void ended.catch(() => undefined).finally(() => process.disconnect?.());
});
