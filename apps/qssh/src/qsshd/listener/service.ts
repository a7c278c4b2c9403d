// What connections are served with: one configuration, its keys and its processes.
import { parsePublicKeyBlob, printPublicKeyLine, signatureNames } from '@orrery/keys';
import { timerDelay } from '@orrery/ssh';
import { lookupService } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { isSetBehindMatch } from '../../sshd-config/behind-match.ts';
import type { Settings } from '../../sshd-config/directives.ts';
import { evaluate } from '../../sshd-config/evaluate.ts';
import type { ConnectionFacts } from '../../sshd-config/match.ts';
import type { SshdConfig } from '../../sshd-config/parse.ts';
import { expandTokens } from '../../sshd-config/tokens.ts';
import { describeKey } from '../describe-key.ts';
import { hostKeyFiles, makeHostKeys } from '../host-key-files.ts';
import { reasonOf } from '../../copy/reason.ts';
import type { Log } from '../log.ts';
import { findAccount, type Person } from '../monitor/accounts.ts';
import { Monitor, type Ending, type Granted, type Proof } from '../monitor/monitor.ts';
import type { Peer } from '../monitor/peer.ts';
import { readNoLogin } from '../session/no-login.ts';
import type { SessionRules } from '../session/task.ts';
import type { Assignment } from '../worker/assignment.ts';
import { SOFTWARE } from '../version.ts';
import { FileReaders } from './file-readers.ts';
import { createSessionProcesses, type SessionProcesses } from './session-processes.ts';
import { linkOf, startSigner, type SignerClient } from './signer-client.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

/** How long a worker may take to end that has hung up, in milliseconds. */
const PATIENCE = 1000;

/** Workers that wait. */
const POOL_SIZE = 4;

export interface ServiceOptions {
  /** The one connection is standard input and output. */
  readonly usesStdio: boolean;
  readonly log: Log;
}

interface Parts {
  readonly signer: SignerClient;
  readonly workers: WorkerPool;
  readonly sessions: SessionProcesses;
  readonly readers: FileReaders;
}

/** How a connection went before login. */
export interface Course {
  readonly ending: Ending | 'crashed' | 'grace-exceeded';
}

export class Service {
  readonly settings: Settings;
  readonly #config: SshdConfig;
  readonly #options: ServiceOptions;
  readonly #signer: SignerClient;
  readonly #workers: WorkerPool;
  readonly #sessions: SessionProcesses;
  readonly #readers: FileReaders;

  private constructor(config: SshdConfig, options: ServiceOptions, parts: Parts) {
    this.#config = config;
    this.#options = options;
    this.#signer = parts.signer;
    this.settings = evaluate(config);
    this.#workers = parts.workers;
    this.#sessions = parts.sessions;
    this.#readers = parts.readers;
  }

  /** @throws {Error} if there is no usable host key. */
  static async start(config: SshdConfig, options: ServiceOptions): Promise<Service> {
    const identity = await workerIdentity();
    const { log, usesStdio } = options;
    const settings = evaluate(config);
    makeHostKeys(settings);
    const hostKeys = hostKeyFiles(settings, (text) => log.error(text));
    const workers = createWorkerPool(identity, usesStdio ? 1 : POOL_SIZE, usesStdio, log);
    const sessions = createSessionProcesses(usesStdio, log);
    const readers = new FileReaders(log);
    try {
      const signer = await startSigner({
        identity,
        hostKeys,
        hostCertificates: settings.hostCertificate,
        agent: settings.hostKeyAgent,
        warn: (text) => log.error(text),
      });
      // Who asks people to compare fingerprints has to see them somewhere.
      for (const { blob } of usesStdio ? [] : signer.keys) log.info(`Host key ${describeKey(blob)}`);
      return new Service(config, options, { signer, workers, sessions, readers });
    } catch (error) {
      workers.stop();
      sessions.stop();
      readers.stop();
      throw error;
    }
  }

  /** The public blobs of the host keys, and their certificates. */
  get hostKeys(): readonly Uint8Array[] {
    return this.#signer.keys.map(({ blob }) => blob);
  }

  /**
   * Serves a connection: a worker until the user is logged in, then the user's process.
   * @returns How it went until then. @param closed The connection is over.
   */
  async serve(peer: Peer, socket: Socket | undefined, closed: () => void): Promise<Course> {
    const { log } = this.#options;
    const known = await this.#factsOf(peer);
    const settings = evaluate(this.#config, known);
    const worker = this.#workers.assign(this.#assignment(settings), socket);
    const named: Peer = { ...peer, host: known.host ?? peer.host };
    let isGranted = false;
    let isOver = false;
    const monitor = new Monitor(
      linkOf(worker),
      {
        peer: named,
        settingsFor: (person) => evaluate(this.#config, { ...known, ...factsAbout(person) }),
        hostKeys: this.hostKeys,
        sign: (request) => this.#signer.sign(request),
        readFile: (request) => this.#readers.read(request),
        log,
      },
      (granted) => {
        if (isOver) return; // the answer to a question came too late
        isGranted = true;
        const { name } = granted.account;
        const disconnected = (): void => {
          log.info(`Disconnected from user ${name} ${placeOf(peer)}`);
          closed();
        };
        this.#handOver(granted, named, socket, disconnected).catch((error: unknown) => {
          log.error(reasonOf(error));
          socket?.destroy();
          disconnected();
        });
      },
    );
    const course = await this.#watch(worker, monitor, settings.loginGraceTime);
    isOver = true;
    if (!isGranted) {
      log.info(`Connection closed by ${whoIs(monitor.candidate)}${placeOf(peer)} [preauth]`);
      socket?.destroy();
      closed();
    }
    return course;
  }

  stop(): void {
    this.#workers.stop();
    this.#sessions.stop();
    this.#readers.rest();
  }

  /** Ends the signer and the readers: nobody that they worked for is left. */
  release(): void {
    this.#readers.stop();
    this.#signer.stop();
  }

  async #watch(worker: ChildProcess, monitor: Monitor, graceSeconds: number): Promise<Course> {
    let isLate = false;
    // Whatever the monitor itself waits for, such as a directory that does not answer: the place is others'.
    const late = Promise.withResolvers<Ending>();
    const timer = setTimeout(() => {
      isLate = true;
      late.resolve('nothing');
    }, timerDelay(graceSeconds));
    if (graceSeconds === 0) clearTimeout(timer);
    const crash = new Promise<boolean>((resolve) => {
      worker.once('exit', (code, signal) => resolve(signal !== null || code !== 0));
    });
    const ending = await Promise.race([monitor.ended, late.promise]);
    clearTimeout(timer);
    // How a worker has ended is known only after its link is closed.
    const isOver = ending === 'granted' || isLate;
    const isCrash = !isOver && (await Promise.race([crash, pause(PATIENCE, false, { ref: false })]));
    worker.kill('SIGKILL');
    if (ending === 'granted') return { ending };
    return { ending: isLate ? 'grace-exceeded' : isCrash ? 'crashed' : ending };
  }

  /** @throws {Error} if there is no root for the user. */
  async #handOver(
    granted: Granted,
    peer: Peer,
    socket: Socket | undefined,
    closed: () => void,
  ): Promise<void> {
    const { account, restrictions, settings, state } = granted;
    const { agentForwarding, command, environment, pty, userRc } = restrictions;
    const { hostKeys, preferences, software } = this.#assignment(settings);
    const tokens = { h: account.home, u: account.name, U: String(account.uid) };
    const root = settings.chrootDirectory && expandTokens(settings.chrootDirectory, tokens);
    this.#sessions.serve({
      account,
      groups: granted.groups,
      root,
      // At every login, also where a process of the user is there: the folder may have changed since.
      place: root && (await this.#readers.identifyRoot(root, account.uid)),
      socket,
      adopt: (pipe) => this.#signer.adopt(pipe),
      closed,
      serve: {
        state: state.toBase64(),
        preferences,
        hostKeys,
        software,
        peer,
        rules: rulesOf(settings),
        noLogin: settings.chrootDirectory && readNoLogin(account)?.toBase64(),
        restrictions: { agentForwarding, command, pty, userRc, environment: [...environment] },
        proofs: settings.exposeAuthInfo ? granted.proofs.map(proofLine) : undefined,
      },
    });
  }

  #assignment(settings: Settings): Assignment {
    const { ciphers, hostKeyAlgorithms, kexAlgorithms, macs, versionAddendum } = settings;
    const compressions = settings.compression === 'yes' ? ['none', 'zlib@openssh.com'] : ['none'];
    return {
      kind: 'assignment',
      usesStdio: this.#options.usesStdio,
      hostKeys: this.#signer.keys.map(({ blob, algorithms }) => ({ blob: blob.toBase64(), algorithms })),
      preferences: { kex: kexAlgorithms, hostKeys: hostKeyAlgorithms, ciphers, macs, compressions },
      // Clients that are not told again, when the user is named, must not miss what is for that user alone.
      signatureAlgorithms: isSetBehindMatch(this.#config.items, 'pubkeyAcceptedAlgorithms')
        ? signatureNames
        : settings.pubkeyAcceptedAlgorithms,
      software: versionAddendum === undefined ? SOFTWARE : `${SOFTWARE} ${versionAddendum}`,
      maxAuthTries: settings.maxAuthTries,
      loginGraceSeconds: settings.loginGraceTime,
    };
  }

  async #factsOf({ address, localAddress, localPort, port }: Peer): Promise<ConnectionFacts> {
    const host = this.settings.useDNS
      ? await lookupService(address, port).then(
          ({ hostname }) => hostname.toLowerCase(),
          () => address,
        )
      : address;
    return { address, host, localAddress, localPort };
  }
}

/** In the words that tools know from OpenSSH's log. */
function whoIs(candidate: Monitor['candidate']): string {
  if (candidate === undefined) return '';
  return `${candidate.exists ? 'authenticating' : 'invalid'} user ${candidate.name} `;
}

function placeOf({ address, port }: Peer): string {
  return `${address} port ${port}`;
}

function factsAbout(person: Person | undefined): ConnectionFacts {
  if (person === undefined) return {};
  const { account, exists, groups } = person;
  return { user: account.name, groups, isInvalidUser: !exists };
}

/** Its line in the file that ExposeAuthInfo makes. */
function proofLine({ method, key }: Proof): string {
  return key === undefined ? method : `${method} ${printPublicKeyLine(parsePublicKeyBlob(key))}`;
}

function rulesOf(settings: Settings): SessionRules {
  return {
    acceptEnv: settings.acceptEnv,
    allowAgentForwarding: settings.allowAgentForwarding,
    clientAliveCountMax: settings.clientAliveCountMax,
    clientAliveInterval: settings.clientAliveInterval,
    disableForwarding: settings.disableForwarding,
    forceCommand: settings.forceCommand,
    maxSessions: settings.maxSessions,
    permitTTY: settings.permitTTY,
    permitUserEnvironment: settings.permitUserEnvironment,
    permitUserRC: settings.permitUserRC,
    printMotd: settings.printMotd,
    rekeyLimit: settings.rekeyLimit,
    setEnv: settings.setEnv,
    subsystem: settings.subsystem,
  };
}

/** Whom a process becomes that reads from strangers: sshd's own account, else nobody; nothing if this is not root. */
async function workerIdentity(): Promise<string> {
  if (process.getuid?.() !== 0) return '';
  const account = (await findAccount('sshd')) ?? (await findAccount('nobody'));
  return account === undefined ? '65534:65534' : `${account.uid}:${account.gid}`;
}
