// A login from the first packet to the exit code.
import {
  type Client,
  type ConnectOptions,
  type HostKey,
  AuthenticationError,
  DisconnectedError,
  connect,
} from '@orrery/ssh';
import type { ClientConfig } from '../config/load-config.ts';
import { offeredAlgorithms } from './algorithms.ts';
import { type Asker, createAsker } from './ask.ts';
import { isBackgroundChild, tellParent } from './background.ts';
import type { CommandLine } from './command-line.ts';
import { type Line, dial } from './dial.ts';
import { LoginError } from './failure.ts';
import { type Verdict, checkHostKey } from './host-key/check-host-key.ts';
import { hostNames } from './host-key/host-names.ts';
import { knownTypes, readKnownHosts } from './host-key/known-keys.ts';
import { updateHostKeys } from './host-key/update-host-keys.ts';
import type { Log } from './log.ts';
import { findIdentities } from './login/identities.ts';
import { lastKey, rememberKey } from './login/last-keys.ts';
import { type Login, createLogin } from './login/methods.ts';
import { passphraseAsker } from './login/passphrase.ts';
import { runLocalCommand } from './local-command.ts';
import { verdictLine, warnOfWeakExchange } from './post-quantum.ts';
import { runSession } from './session/run-session.ts';
import { nameMissing } from './missing.ts';
import { traceStream } from './trace.ts';
import { SOFTWARE } from './version.ts';

/** Exit code of what went wrong here. */
const FAILED = 255;

export interface LoginRequest {
  readonly line: CommandLine;
  readonly config: ClientConfig;
  readonly log: Log;
  readonly argv: readonly string[];
}

/** Logs in, runs what is asked for and gives the exit code. @throws {LoginError} */
export async function login(request: LoginRequest): Promise<number> {
  const { line, config, log, argv } = request;
  const { settings } = config;
  nameMissing(line, settings, log);
  if (settings.isOn('forkafterauthentication') && !isBackgroundChild()) {
    if (needsCommand(request))
      throw new LoginError('Cannot fork into background without a command to execute.');
    const { runInBackground } = await import('./background.ts');
    return runInBackground(argv);
  }
  const ask = createAsker(process.env, settings.isOn('batchmode'));
  const client = await openClient(request, ask);
  try {
    if (isBackgroundChild()) tellParent();
    runLocalCommand(config, log);
    // A session has no end of its own when the connection is lost under it.
    const lost = Promise.race([client.closed, signalled(log)]).then(() => FAILED);
    if (settings.get('sessiontype') === 'none') return await lost;
    return await Promise.race([runSession({ client, config, log, command: line.command }), lost]);
  } catch (cause) {
    if (cause instanceof DisconnectedError)
      throw new LoginError(`Received disconnect from ${config.host}: ${cause.reason}: ${cause.description}`, {
        cause,
      });
    throw cause;
  } finally {
    client.close();
  }
}

/** Resolves when somebody wants this process to end; what it took is then given back. */
function signalled(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    if (signal === 'SIGHUP' && isBackgroundChild()) continue;
    process.once(signal, () => {
      log.verbose(`Killed by ${signal}.`);
      resolve();
    });
  }
  return promise;
}

function needsCommand({ line, config: { settings } }: LoginRequest): boolean {
  return line.command === '' && !settings.has('remotecommand') && settings.get('sessiontype') === 'default';
}

async function openClient(request: LoginRequest, ask: Asker): Promise<Client> {
  const { line, config, log } = request;
  const { settings } = config;
  const user = settings.get('user') ?? '';
  const known = readKnownHosts([
    ...settings.all('userknownhostsfile').map((path) => ({ path, isUser: true })),
    ...settings.all('globalknownhostsfile').map((path) => ({ path, isUser: false })),
  ]);
  const algorithms = offeredAlgorithms(config, knownTypes(known, hostNames(config).name));
  const route = await dial(config, log);
  const place = `${user}@${hostNames(config).name}`;
  let verdict: Verdict | undefined;
  let hasChecked = false;
  const attempt = createLogin({
    config,
    log,
    ask,
    identities: findIdentities(config, process.env, log, passphraseAsker(ask, settings)),
    lastKey: lastKey(config.home, place),
    isPasswordFirst: line.isPasswordLogin,
    mayGivePasswords: () => verdict?.mayGivePasswords ?? false,
  });
  const first: { key?: HostKey } = {};
  const patience = limitHandshake(route, settings.number('connecttimeout'));
  const client = await connectOver(request, route, {
    ...settingsOf(config),
    user,
    algorithms,
    authentication: attempt.decide,
    onBanner: (text) => log.foreign(text),
    checkHostKey: async (key) => {
      clearTimeout(patience);
      log.debug('SSH2_MSG_NEWKEYS sent');
      // New keys of a session are the same host's, or nobody's.
      if (hasChecked) return demandSameKey(first.key, key);
      verdict = await checkHostKey(key, { config, log, ask, known, address: route.address });
      first.key = { ...key, publicKey: key.publicKey.slice() };
      hasChecked = true;
    },
    onHostKeys: (keys) => updateHostKeys({ keys, config, log, ask, known, knownBy: verdict?.knownBy }),
  });
  finishLogin(request, route, client, attempt, place);
  return client;
}

/** ConnectTimeout counts for the first exchange of keys as well. */
function limitHandshake({ stream }: Line, seconds: number | undefined): NodeJS.Timeout | undefined {
  if (seconds === undefined || seconds === 0) return undefined;
  const timer = setTimeout(
    () => stream.destroy(new Error('Connection timed out during banner exchange')),
    seconds * 1000,
  );
  stream.once('close', () => clearTimeout(timer));
  return timer;
}

async function connectOver(
  { line, config, log }: LoginRequest,
  route: Line,
  options: ConnectOptions,
): Promise<Client> {
  const stream = line.traceFile === undefined ? route.stream : traceStream(route.stream, line.traceFile);
  try {
    return await connect(stream, options);
  } catch (cause) {
    if (cause instanceof AuthenticationError)
      throw new LoginError(
        `${options.user}@${config.host}: Permission denied (${cause.methods.join(',')}).`,
        { cause },
      );
    if (cause instanceof DisconnectedError) {
      log.debug(`Disconnected while logging in: ${cause.message}`, 2);
      const where = `${route.address ?? 'UNKNOWN'} port ${route.port}`;
      throw new LoginError(`Received disconnect from ${where}:${cause.reason}: ${cause.description}`, {
        cause,
      });
    }
    throw cause;
  }
}

/** Settings that go to the connection as they are. */
function settingsOf({ settings }: ClientConfig): Partial<ConnectOptions> {
  const [bytes = 0, seconds = 0] = settings.all('rekeylimit').map(Number);
  const interval = settings.number('serveraliveinterval') ?? 0;
  const obscure = settings.get('obscurekeystroketiming');
  return {
    software: SOFTWARE,
    rekey: { ...(bytes > 0 && { bytes }), ...(seconds > 0 && { seconds }) },
    ...(interval > 0 && {
      keepAlive: { intervalSeconds: interval, maxMissed: settings.number('serveralivecountmax') ?? 3 },
    }),
    ...(obscure !== 'no' && { obscureKeystrokesMilliseconds: Number(obscure) || 20 }),
  };
}

function demandSameKey(first: HostKey | undefined, key: HostKey): void {
  if (first !== undefined && Buffer.compare(first.publicKey, key.publicKey) === 0) return;
  throw new LoginError('Host key verification failed: the host changed its key within the session');
}

function finishLogin(
  { config, log }: LoginRequest,
  route: Line,
  client: Client,
  attempt: Login,
  place: string,
): void {
  const last = attempt.last();
  const where = route.address === undefined ? '(via proxy)' : `([${route.address}]:${route.port})`;
  log.verbose(`Authenticated to ${config.host} ${where} using "${last.method}".`);
  log.verbose(verdictLine(client.algorithms, last));
  warnOfWeakExchange(client.algorithms, config.settings, log);
  const fingerprint = last.identity?.fingerprint;
  if (fingerprint === undefined || fingerprint === lastKey(config.home, place)) return;
  try {
    rememberKey(config.home, place, fingerprint);
  } catch (cause) {
    log.debug(`Cannot remember the key that worked: ${String(cause)}`);
  }
}
