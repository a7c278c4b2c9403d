// A client's and a server's connection, within the process.
import { SUCCESS } from '../src/auth/messages.ts';
import { bare } from '../src/transport/messages.ts';
import { Connection, type ConnectionOptions } from '../src/connection/connection.ts';
import type { Channel } from '../src/connection/channel.ts';
import { makePair, type TransportPair } from './pair.ts';

export interface Connected extends TransportPair {
  readonly atClient: Connection;
  readonly atServer: Connection;
}

export async function makeConnections(
  server: ConnectionOptions = {},
  client: ConnectionOptions = {},
): Promise<Connected> {
  const pair = await makePair();
  // A transport allows little before the login, which is left out here.
  pair.server.send(bare(SUCCESS));
  return {
    ...pair,
    atClient: new Connection(pair.client, client),
    atServer: new Connection(pair.server, server),
  };
}

/** One open channel, both ends. */
export async function makeChannels(): Promise<Connected & { readonly near: Channel; readonly far: Channel }> {
  const { promise, resolve } = Promise.withResolvers<Channel>();
  const connected = await makeConnections({
    channelOpeners: new Map([['test', () => ({ accept: resolve })]]),
  });
  const near = await connected.atClient.openChannel('test');
  return { ...connected, near, far: await promise };
}

/** Until all that was sent has arrived on the other side: requests are answered in order. */
export async function settle(connection: Connection): Promise<void> {
  await connection.globalRequest('settle@test', new Uint8Array());
}
