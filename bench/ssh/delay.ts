import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  stop(): void;
}

/** Passes connections on to a port, every byte `milliseconds` later, each way. */
export async function startRelay(target: number, milliseconds: number): Promise<Relay> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('data', (part) => void setTimeout(() => to.write(part), milliseconds));
      from.on('close', () => {
        open.delete(from);
        setTimeout(() => to.destroy(), milliseconds);
      });
      from.on('error', () => undefined);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
