// A process that has one terminal and its program, for a session process that is below another root of the file system:
// there need be neither a Node.js, nor terminals, nor a /proc. It is started outside, opens the terminal there, and only
// then becomes the user below that root. It leads the session that the terminal belongs to, so that the program has it.
import { decode, encode, type Value } from '@orrery/bytes';
import { spawnSync } from 'node:child_process';
import { closeSync, fchmodSync, fchownSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { ReadStream } from 'node:tty';
import { FrameLink } from '../frame-link.ts';
import { KEEPER_CONTROL_FD, LINK_FD } from '../role.ts';
import { become } from './become.ts';
import { keeperNews, keeperOrder } from './keeper-protocol.ts';
import { sttyArguments } from './stty.ts';
import { loadSystemCalls, type Ended, type OpenTerminal, type SystemCalls } from './system-calls.ts';
import { isTask, type Become } from './task.ts';

type Begin = Extract<Value<typeof keeperOrder>, { readonly kind: 'begin' }>;

/** What is typed for the program must not end its keeper. */
const typed = ['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGHUP'] as const;

/** How long nothing has to be shown after the end of the program, if others still have the terminal, in milliseconds. */
const PATIENCE = 500;

/** @param task Whom to become, as JSON. */
export async function runKeeper([text = '']: readonly string[]): Promise<number> {
  const task: unknown = JSON.parse(text);
  if (!isTask(task) || task.kind !== 'become') throw new TypeError('Cannot keep a terminal: for nobody');
  for (const signal of typed) process.on(signal, () => undefined);
  const calls = await loadSystemCalls();
  const ended = Promise.withResolvers<number>();
  const keeper = new Keeper(calls, task);
  const link: FrameLink = new FrameLink(new Socket({ fd: KEEPER_CONTROL_FD }), {
    take: async (frame) => {
      const order = decode(keeperOrder, frame);
      if (order.kind !== 'begin') return keeper.act(order);
      await keeper.begin(order, (news) => {
        link.send(encode(keeperNews, news));
        void link.end().then(() => ended.resolve(0));
      });
    },
    closed: () => {
      keeper.hangUp();
      ended.resolve(0);
    },
  });
  process.exit(await ended.promise);
}

class Keeper {
  readonly #calls: SystemCalls;
  readonly #task: Become;
  #terminal: OpenTerminal | undefined;
  #pid: number | undefined;

  constructor(calls: SystemCalls, task: Become) {
    this.#calls = calls;
    this.#task = task;
  }

  /** Starts the program. @param tell What comes of it. */
  async begin(order: Begin, tell: (news: Value<typeof keeperNews>) => void): Promise<void> {
    if (this.#terminal !== undefined) throw new TypeError('Cannot begin again');
    const terminal = this.#calls.openTerminal();
    this.#terminal = terminal;
    this.#calls.resize(terminal.master, order);
    setModes(terminal.slave, order);
    this.#give(terminal.slave);
    await become(this.#task);
    this.#calls.takeTerminal(terminal.slave);
    for (const file of order.show) showFile(file, terminal.slave);
    const carrier = new Carrier(terminal.master);
    const { ended } = await this.#start(order, terminal);
    closeSync(terminal.slave);
    void ended.then(async (end) => {
      await carrier.end();
      tell(newsOf(end));
    });
  }

  act(order: Exclude<Value<typeof keeperOrder>, Begin>): void {
    if (order.kind === 'signal') this.#send(order.signal);
    else if (this.#terminal !== undefined) this.#calls.resize(this.#terminal.master, order);
  }

  hangUp(): void {
    this.#send('HUP');
  }

  /** The program may lead no process group. */
  #send(signal: string): void {
    const number = Object.entries(constants.signals).find(([name]) => name === `SIG${signal}`)?.[1];
    if (this.#pid === undefined || number === undefined) return;
    try {
      process.kill(this.#pid, number);
    } catch {
      // it has ended
    }
  }

  /** The terminal is the user's, as pts(4) has it. */
  #give(slave: number): void {
    if (!this.#task.isRoot) return;
    fchownSync(slave, this.#task.account.uid, this.#task.account.gid);
    fchmodSync(slave, 0o600);
  }

  async #start(order: Begin, { name, slave }: OpenTerminal): Promise<{ readonly ended: Promise<Ended> }> {
    const { args, before, environment, shell } = order;
    const plan = {
      file: shell,
      environment: [...environment, Buffer.from(`SSH_TTY=${name}`)],
      folder: folderOf(order, slave),
      stdio: [slave, slave, slave],
      leadsSession: false,
    } as const;
    try {
      if (before !== undefined) {
        const words = [basename(shell), '-c', before].map((word) => Buffer.from(word));
        await this.#calls.ended(this.#calls.spawn({ ...plan, args: words }));
      }
      this.#pid = this.#calls.spawn({ ...plan, args });
      return { ended: this.#calls.ended(this.#pid) };
    } catch (error) {
      writeSync(slave, `${error instanceof Error ? error.message : String(error)}\n`);
      return { ended: Promise.resolve({ code: 255 }) };
    }
  }
}

/**
 * By the stty of the system, of which there may be none below the other root. It is root's still: a process of the user
 * outside could be stopped and traced by those of the user inside, and would be their way out.
 */
function setModes(slave: number, { modes }: Begin): void {
  const args = sttyArguments(Object.fromEntries(modes.map(({ name, value }) => [name, value])));
  if (args.length > 0) spawnSync('/bin/stty', args, { stdio: [slave, 'ignore', 'ignore'] });
}

/** The home, or the root if the user cannot go there. */
function folderOf({ folder }: Begin, slave: number): string {
  try {
    process.chdir(folder);
    return folder;
  } catch {
    writeSync(slave, `Could not chdir to home directory ${folder}\n`);
    return '/';
  }
}

function newsOf(end: Ended): Value<typeof keeperNews> {
  return 'code' in end ? { kind: 'exited', code: end.code } : { kind: 'killed', signal: end.signal };
}

/** Carries what is typed and what is shown. */
class Carrier {
  readonly #terminal: ReadStream;
  readonly #data: Socket;
  readonly #closed: Promise<void>;

  constructor(master: number) {
    this.#terminal = new ReadStream(master);
    this.#data = new Socket({ fd: LINK_FD });
    this.#closed = new Promise((resolve) => this.#terminal.once('close', resolve));
    this.#terminal.on('error', () => this.#terminal.destroy()); // the last that had it open is gone
    this.#data.on('error', () => undefined);
    this.#terminal.pipe(this.#data, { end: false });
    this.#data.on('data', (bytes: Buffer) => this.#terminal.write(bytes));
  }

  /** Resolves when all has left that is to be shown. */
  async end(): Promise<void> {
    for (let seen = -1; !this.#terminal.destroyed;) {
      await Promise.race([this.#closed, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
      if (this.#terminal.bytesRead === seen && !this.#data.writableNeedDrain) break;
      seen = this.#terminal.bytesRead;
    }
    await new Promise<void>((resolve) => void this.#data.end(resolve));
  }
}

function showFile(file: string, slave: number): void {
  try {
    writeSync(slave, readFileSync(file));
  } catch {
    // none is as good as an empty one
  }
}
