// The process of one user (and one root of the file system): serves all of the user's connections.
import { resumeLogin, serveLogin, type ServerKey } from '@orrery/ssh';
import { encode, type Value } from '@orrery/bytes';
import { loadSntrup761, randomBytes } from '@orrery/crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { askOver, type Asking } from '../asking.ts';
import { FrameLink } from '../frame-link.ts';
import { sessionNews, signatureReply, signatureRequest, type SignatureRequest } from '../protocol.ts';
import { LINK_FD, SIGNER_FD } from '../role.ts';
import { stdioStream } from '../stdio-stream.ts';
import { decodeState } from '../transport-state.ts';
import type { Account } from '../monitor/accounts.ts';
import { become } from './become.ts';
import { writeLoginFile } from './login-file.ts';
import { readNoLogin } from './no-login.ts';
import { sessionHandlers } from './programs.ts';
import { keysInUse, withoutCertificates } from '../worker/assignment.ts';
import type { Keeper } from './kept-terminal.ts';
import { isTask, type Kept, type Serve } from './task.ts';

type Signer = Asking<SignatureRequest, Value<typeof signatureReply>>;

/** Waits for a user to become, then for connections; ends when the listener says so or is gone, and none is left. */
export async function runSession(): Promise<number> {
  // Below another root it could not be loaded any more. Who listens meanwhile keeps this process from ending for want of work.
  const ready = loadSntrup761();
  randomBytes(1); // node:crypto takes long to be loaded: not while somebody waits
  const ended = Promise.withResolvers<number>();
  const sessions = new SessionProcess(() => ended.resolve(0));
  process.on('message', (message: unknown, socket: unknown) => {
    ready
      .then(() => sessions.take(message, socket))
      .catch((error: unknown) => {
        process.stderr.write(`qsshd: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(255);
      });
  });
  return ended.promise;
}

class SessionProcess {
  readonly #listener: FrameLink;
  /** Outlives the listener. */
  readonly #signer: Signer;
  readonly #end: () => void;
  #account: Account | undefined;
  /** Files of the system are out of reach. */
  #isBelowRoot = false;
  #becoming: Promise<void> = Promise.resolve();
  #connections = 0;
  readonly #asked: PromiseWithResolvers<Keeper | undefined>[] = [];
  /** Of a keeper whose other pipe is still to come. */
  #data: Socket | undefined;
  #isDismissed = false;

  constructor(end: () => void) {
    this.#end = end;
    const closed = (): void => {
      this.#isDismissed = true;
      for (const { resolve } of this.#asked.splice(0)) resolve(undefined);
      this.#considerEnd();
    };
    this.#listener = new FrameLink(new Socket({ fd: LINK_FD }), { take: () => undefined, closed });
    this.#signer = askOver(new Socket({ fd: SIGNER_FD }), signatureRequest, signatureReply, () => undefined);
  }

  async take(message: unknown, socket: unknown): Promise<void> {
    if (!isTask(message)) return;
    if (message.kind === 'kept') return this.#meet(message.pipe, socket);
    if (message.kind === 'become') {
      if (this.#account !== undefined) throw new TypeError('Cannot become another user');
      this.#account = message.account;
      this.#isBelowRoot = message.root !== undefined;
      this.#becoming = become(message).then(() => goHome(message.account));
      await this.#becoming;
      return this.#tell({ kind: 'ready' });
    }
    await this.#becoming;
    const account = this.#account;
    if (account === undefined) throw new TypeError('Cannot serve a connection: there is no user');
    if (message.usesStdio) return this.#serve(message, account, stdioStream());
    if (socket instanceof Socket) return this.#serve(message, account, socket.setNoDelay(true));
    this.#tell({ kind: 'closed', connection: message.id }); // the client was gone before
  }

  async #serve(task: Serve, account: Account, stream: Duplex): Promise<void> {
    this.#connections += 1;
    const loginFile = task.proofs && writeLoginFile(task.proofs);
    const told = {
      ...task,
      loginFile: loginFile?.path,
      ...(this.#isBelowRoot && { askForKeeper: () => this.#askForKeeper() }),
      noLogin: () => (this.#isBelowRoot ? decoded(task.noLogin) : readNoLogin(account)),
    };
    try {
      const { preferences, software, rules } = task;
      const limit = rules.rekeyLimit;
      const signers = (keys: Serve['hostKeys']): ServerKey[] => keys.map((key) => this.#signerOf(key));
      const login = resumeLogin(
        stream,
        decodeState(Uint8Array.fromBase64(task.state)),
        { user: account.name, steps: [] },
        {
          hostKeys: signers(keysInUse(task.hostKeys)),
          algorithms: preferences,
          software,
          rekey: {
            ...(limit.bytes > 0 && { bytes: limit.bytes }),
            ...(limit.seconds > 0 && { seconds: limit.seconds }),
          },
        },
      );
      const interval = rules.clientAliveInterval;
      const connection = serveLogin(login, {
        hostKeys: signers(withoutCertificates(task.hostKeys)),
        handlers: {
          session: ({ transport }) =>
            sessionHandlers(account, {
              ...told,
              hearsEndOfWrite: /^SSH-2\.0-(?:OpenSSH|Orrery)_/.test(transport.peerLine),
            }),
        },
        maxSessions: rules.maxSessions,
        ...(interval > 0 && {
          keepAlive: { intervalSeconds: interval, maxMissed: rules.clientAliveCountMax },
        }),
      });
      await connection.ended;
    } catch {
      // The connection is over, in whatever way.
    }
    loginFile?.remove();
    stream.destroy();
    this.#connections -= 1;
    this.#tell({ kind: 'closed', connection: task.id });
    this.#considerEnd();
  }

  /** The keeper of a terminal outside; undefined if there is none. */
  #askForKeeper(): Promise<Keeper | undefined> {
    const asked = Promise.withResolvers<Keeper | undefined>();
    if (this.#isDismissed) asked.resolve(undefined);
    else {
      this.#asked.push(asked);
      this.#tell({ kind: 'terminal' });
    }
    return asked.promise;
  }

  #meet(pipe: Kept['pipe'], socket: unknown): void {
    if (pipe === 'data') {
      this.#data = socket instanceof Socket ? socket : undefined;
      return;
    }
    const data = this.#data;
    const keeper = data !== undefined && socket instanceof Socket ? { data, control: socket } : undefined;
    this.#asked.shift()?.resolve(keeper);
  }

  #tell(news: Value<typeof sessionNews>): void {
    this.#listener.send(encode(sessionNews, news));
  }

  #signerOf(key: Serve['hostKeys'][number]): ServerKey {
    const ask = async (request: SignatureRequest): Promise<Uint8Array> => {
      const { signature } = await this.#signer.ask(request);
      if (signature.length === 0) throw new Error('Cannot sign with the host key: it was refused');
      return signature;
    };
    return {
      publicKey: Uint8Array.fromBase64(key.blob),
      algorithms: key.algorithms,
      sign: (message, algorithm) => ask({ kind: 'proof', algorithm, message }),
      signExchange: (input, { length: hashLength }, algorithm) =>
        ask({ kind: 'exchange', algorithm, input, hashLength }),
    };
  }

  #considerEnd(): void {
    if (!this.#isDismissed || this.#connections > 0) return;
    void this.#signer.end();
    this.#end();
  }
}

/** Where names of files begin for the sftp server; a home that is not there is told to each program's user. */
function goHome({ home }: Account): void {
  try {
    process.chdir(home);
  } catch {
    process.chdir('/');
  }
}

function decoded(base64: string | undefined): Uint8Array | undefined {
  return base64 === undefined ? undefined : Uint8Array.fromBase64(base64);
}
