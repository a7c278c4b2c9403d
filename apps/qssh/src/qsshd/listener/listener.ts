// Accepts connections. It reads nothing that comes over them.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Settings } from '../../sshd-config/directives.ts';
import { placesOf } from '../../sshd-config/listen-address.ts';
import { ConfigError, type SshdConfig } from '../../sshd-config/parse.ts';
import type { Offence } from '../../sshd-config/penalties.ts';
import { reasonOf } from '../../copy/reason.ts';
import type { Log } from '../log.ts';
import { plainAddress, type Peer } from '../monitor/peer.ts';
import { Service, type Course } from './service.ts';
import { StartLimits } from './start-limits.ts';

export interface ListenerOptions {
  /** The configuration as it is now. */
  readonly read: () => SshdConfig;
  /** Addresses that outweigh those of the configuration. */
  readonly listen: readonly string[];
  readonly log: Log;
  /** Serves one connection only. */
  readonly isSingle: boolean;
}

const offences: Readonly<Record<Course['ending'], Offence | undefined>> = {
  granted: undefined,
  failed: 'authfail',
  nothing: 'noauth',
  crashed: 'crash',
  'grace-exceeded': 'grace-exceeded',
};

/** A service, until nobody is served by it any more. */
interface Shift {
  readonly service: Service;
  readonly limits: StartLimits;
  connections: number;
  isOver: boolean;
}

export class Listener {
  /** Resolves when it has nothing more to do. */
  readonly ended: Promise<void>;
  readonly #options: ListenerOptions;
  readonly #end: () => void;
  #shift: Shift | undefined;
  #servers: Server[] = [];

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** Takes over from a former configuration, if there was one. @throws {Error} if it cannot listen, or has no host key. */
  async start(config: SshdConfig): Promise<void> {
    const { log } = this.#options;
    const service = await Service.start(config, { usesStdio: false, log });
    const former = this.#shift;
    const shift = { service, limits: new StartLimits(service.settings), connections: 0, isOver: false };
    this.#shift = shift;
    this.#close();
    try {
      await this.#listen(service.settings);
    } catch (error) {
      this.#shift = former;
      retire(shift);
      throw error;
    }
    if (former !== undefined) retire(former);
  }

  /** Begins anew with the configuration as it is now; whoever is connected stays. What cannot be used changes nothing. */
  async reload(): Promise<void> {
    const { log, read } = this.#options;
    try {
      await this.start(read());
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [String(error)];
      for (const problem of problems) log.error(`Cannot use the new configuration: ${problem}`);
      await this.#listenAgain();
    }
  }

  /** Where it listened before, if it had to give that up. */
  async #listenAgain(): Promise<void> {
    if (this.#shift === undefined || this.#servers.length > 0) return;
    try {
      await this.#listen(this.#shift.service.settings);
    } catch (error) {
      this.#options.log.error(String(error));
      this.#end();
    }
  }

  stop(): void {
    this.#close();
    if (this.#shift !== undefined) retire(this.#shift);
  }

  #close(): void {
    for (const server of this.#servers.splice(0)) server.close();
  }

  async #listen(settings: Settings): Promise<void> {
    const { listen, log } = this.#options;
    const failures: string[] = [];
    for (const { host, port } of placesOf(settings, listen)) {
      const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (socket) =>
        this.#accept(socket),
      );
      server.listen({ host, port, ipv6Only: host.includes(':'), backlog: 128 });
      try {
        await once(server, 'listening');
      } catch (error) {
        // A machine may have one version of IP alone.
        const failure = `Bind to port ${port} on ${host} failed: ${reasonOf(error)}`;
        failures.push(failure);
        log.error(failure);
        continue;
      }
      this.#servers.push(server);
      log.info(`Server listening on ${host} port ${portOf(server)}.`);
    }
    if (this.#servers.length === 0) throw new Error(`Cannot bind any address. ${failures.join('. ')}`);
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined);
    const shift = this.#shift;
    if (shift === undefined) return void socket.destroy();
    const { log } = this.#options;
    const peer = peerOf(socket);
    const refusal = shift.limits.enter(peer.address);
    if (refusal !== undefined) {
      log.info(`drop connection from [${peer.address}]:${peer.port}: ${refusal}`);
      return this.#drop(socket, refusal);
    }
    socket.setKeepAlive(shift.service.settings.tcpKeepAlive);
    log.debug(`Connection from ${peer.address} port ${peer.port}`);
    shift.connections += 1;
    const closed = (): void => {
      shift.connections -= 1;
      considerRelease(shift);
      if (this.#options.isSingle) this.#end();
    };
    void shift.service.serve(peer, socket, closed).then(
      (course) => this.#conclude(shift, peer, course),
      (error: unknown) => {
        log.error(`Cannot serve ${peer.address} port ${peer.port}: ${reasonOf(error)}`);
        shift.limits.leave(peer.address);
        socket.destroy();
        closed();
      },
    );
  }

  #conclude({ limits }: Shift, { address, port }: Peer, { ending }: Course): void {
    const offence = offences[ending];
    limits.leave(address);
    if (ending === 'grace-exceeded')
      this.#options.log.info(`Timeout before authentication for connection from ${address} port ${port}`);
    if (offence !== undefined) limits.penalise(address, offence);
  }

  /** Says why before it hangs up, but never waits for the other side. */
  #drop(socket: Socket, refusal: string): void {
    socket.end(refusal === 'penalty' ? 'Not allowed at this time\r\n' : `Exceeded ${refusal}\r\n`);
    setTimeout(() => socket.destroy(), 1000).unref();
  }
}

function retire(shift: Shift): void {
  shift.isOver = true;
  shift.service.stop();
  considerRelease(shift);
}

function considerRelease(shift: Shift): void {
  if (shift.isOver && shift.connections === 0) shift.service.release();
}

function peerOf(socket: Socket): Peer {
  const address = plainAddress(socket.remoteAddress);
  return {
    address,
    port: socket.remotePort ?? 0,
    host: address,
    localAddress: plainAddress(socket.localAddress),
    localPort: socket.localPort ?? 0,
  };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}
