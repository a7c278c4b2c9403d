import { shown } from '../copy/names.ts';
import { RemotePlace } from '../copy/remote-place.ts';
import type { RemoteAddress } from '../copy/remote-address.ts';
import { openServer, type Server } from '../copy/server.ts';
import type { CommandLine } from './command-line.ts';

interface Opened {
  readonly server: Server;
  readonly place: RemotePlace;
}

/** The servers of one copy: one for each host. */
export class Servers {
  readonly #line: CommandLine;
  readonly #warn: (text: string) => void;
  readonly #opened = new Map<string, Promise<Opened>>();

  constructor(line: CommandLine, warn: (text: string) => void) {
    this.#line = line;
    this.#warn = warn;
  }

  async at(address: RemoteAddress): Promise<RemotePlace> {
    const key = JSON.stringify([address.user, address.host, address.port]);
    const opened = this.#opened.get(key) ?? this.#open(address);
    this.#opened.set(key, opened);
    return (await opened).place;
  }

  async end(): Promise<void> {
    const all = await Promise.allSettled(this.#opened.values());
    await Promise.all(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.server.end()] : [])));
  }

  async #open(address: RemoteAddress): Promise<Opened> {
    // Ctrl-C ends this program with all that it started.
    const server = await openServer(this.#line, address, { outlivesInterrupt: false });
    const suspect = (name: string): void => this.#warn(`ignored a name that is none: "${shown(name)}"`);
    return { server, place: new RemotePlace(server.sftp, suspect) };
  }
}
