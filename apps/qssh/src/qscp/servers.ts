import { shown } from '../copy/names.ts';
import { RemotePlace } from '../copy/remote-place.ts';
import type { RemoteAddress } from '../copy/remote-address.ts';
import {
  defaultSsh,
  sshCommand,
  startServer,
  type ServerCommand,
  type ServerProcess,
} from '../copy/server-process.ts';
import { splitWords } from '../copy/words.ts';
import type { CommandLine } from './command-line.ts';

interface Started {
  readonly server: ServerProcess;
  readonly place: RemotePlace;
}

/** The servers of one copy: one for each host. */
export class Servers {
  readonly #line: CommandLine;
  readonly #warn: (text: string) => void;
  readonly #started = new Map<string, Promise<Started>>();

  constructor(line: CommandLine, warn: (text: string) => void) {
    this.#line = line;
    this.#warn = warn;
  }

  async at(address: RemoteAddress): Promise<RemotePlace> {
    const key = JSON.stringify([address.user, address.host, address.port]);
    const started = this.#started.get(key) ?? this.#start(address);
    this.#started.set(key, started);
    return (await started).place;
  }

  async end(): Promise<void> {
    const all = await Promise.allSettled(this.#started.values());
    await Promise.all(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.server.end()] : [])));
  }

  async #start(address: RemoteAddress): Promise<Started> {
    const server = await startServer(this.#command(address));
    const suspect = (name: string): void => this.#warn(`ignored a name that is none: "${shown(name)}"`);
    return { server, place: new RemotePlace(server.sftp, suspect) };
  }

  #command(address: RemoteAddress): ServerCommand {
    const { server, program = defaultSsh(), sshOptions, port } = this.#line;
    const [direct, ...args] = server === undefined ? [] : splitWords(server);
    if (direct !== undefined) return { program: direct, args };
    return sshCommand(program, sshOptions, { ...address, port: address.port ?? port });
  }
}
