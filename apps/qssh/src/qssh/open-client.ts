// From settings to a connection on which the user is logged in.
import {
  type Client,
  type ConnectOptions,
  AuthenticationError,
  DisconnectedError,
  connect,
  timerDelay,
} from '@orrery/ssh';
import type { ClientConfig } from '../config/load-config.ts';
import { failureText } from '../copy/reason.ts';
import { offeredAlgorithms } from './algorithms.ts';
import { type Asker, createAsker } from './ask.ts';
import type { Line } from './dial.ts';
import { failureAt, LoginError } from './failure.ts';
import { hostNames } from './host-key/host-names.ts';
import { KeyGuard } from './host-key/key-guard.ts';
import type { Log } from './log.ts';
import { findIdentities } from './login/identities.ts';
import { lastKey, rememberKey } from './login/last-keys.ts';
import { LoginAgent } from './login/login-agent.ts';
import { LoginPlan } from './login/methods.ts';
import { passphraseAsker } from './login/passphrase.ts';
import type { LoginRequest } from './begin-login.ts';
import { algorithmLines, requires, verdictLine, warnOfWeakExchange } from './post-quantum.ts';
import { agentAccess } from './session/forwarded-agent.ts';
import { SOFTWARE } from './version.ts';

/** Milliseconds between packets when ObscureKeystrokeTiming says no more than yes, as OpenSSH has it. */
const KEYSTROKE_PACE = 20;

/**
 * Logs in. Nothing of the process is used but the terminal, to ask.
 * @param line Is on its way; it is ended if there is no use for it.
 * @param meanwhile Is called when it is the server's turn.
 * @throws {LoginError}
 */
export async function openClient(
  request: LoginRequest,
  line: Promise<Line>,
  meanwhile: () => void = () => undefined,
): Promise<Client> {
  const { config, log } = request;
  const user = config.settings.get('user') ?? '';
  const place = `${user}@${hostNames(config).name}`;
  const { guard, algorithms, plan } = prepare(request, place, line);
  const route = await line;
  const patience = limitHandshake(route, config.settings.number('connecttimeout'));
  const options: ConnectOptions = {
    ...settingsOf(config),
    user,
    algorithms,
    authentication: plan.decide,
    onBanner: (text) => log.foreign(text),
    checkHostKey: (key) => {
      clearTimeout(patience);
      return guard.check(key, route.address);
    },
    onHostKeys: (keys) => guard.learn(keys),
    agent: agentAccess(config, log),
  };
  const client = await connectOver(request, route, plan, options, meanwhile);
  finishLogin(config, log, route, client, plan, place);
  return client;
}

/** What is known of the host and the user, read while the connection is on its way. */
function prepare(request: LoginRequest, place: string, line: Promise<Line>) {
  const { config, log } = request;
  try {
    const ask = createAsker(process.env, config.settings.isOn('batchmode'));
    const guard = new KeyGuard(config, log, ask);
    const algorithms = offeredAlgorithms(config, guard);
    return { guard, algorithms, plan: planLogin(request, ask, guard, place) };
  } catch (cause) {
    line.then(({ stream }) => stream.destroy()).catch(() => undefined);
    throw cause;
  }
}

function planLogin(
  { line, config, log }: LoginRequest,
  ask: Asker,
  guard: KeyGuard,
  place: string,
): LoginPlan {
  const agent = new LoginAgent(config.settings, process.env, log, ask);
  return new LoginPlan({
    config,
    log,
    ask,
    identities: findIdentities(config, process.env, log, passphraseAsker(ask, config.settings), agent.keep),
    agent,
    lastKey: lastKey(config.home, place),
    isPasswordFirst: line.isPasswordLogin,
    mayGivePasswords: () => guard.mayGivePasswords,
  });
}

/** ConnectTimeout counts for the first exchange of keys as well. */
function limitHandshake({ stream }: Line, seconds: number | undefined): NodeJS.Timeout | undefined {
  if (seconds === undefined || seconds === 0) return undefined;
  const timer = setTimeout(
    () => stream.destroy(new Error('Connection timed out during banner exchange')),
    timerDelay(seconds),
  );
  stream.once('close', () => clearTimeout(timer));
  return timer;
}

async function connectOver(
  { config, log, trace }: LoginRequest,
  route: Line,
  plan: LoginPlan,
  options: ConnectOptions,
  meanwhile: () => void,
): Promise<Client> {
  const stream = trace?.(route.stream) ?? route.stream;
  const where = route.address === undefined ? config.host : `${route.address} port ${route.port}`;
  try {
    const client = connect(stream, options);
    setImmediate(meanwhile);
    return await client;
  } catch (cause) {
    if (cause instanceof AuthenticationError)
      throw new LoginError(`${options.user}@${config.host}: ${refusalOf(cause.methods, config, plan)}`, {
        cause,
      });
    if (cause instanceof DisconnectedError) log.debug(`Disconnected while logging in: ${cause.message}`, 2);
    throw failureAt(where, cause);
  } finally {
    plan.end();
  }
}

/** @param methods Those that the server takes; none if it was not asked. */
function refusalOf(methods: readonly string[], { settings }: ClientConfig, { last }: LoginPlan): string {
  if (!requires(settings, 'user') || last.method === 'publickey')
    return `Permission denied (${methods.join(',')}).`;
  return [
    'Cannot log in: RequirePQ demands a post-quantum user key, and none is there.',
    'qssh-keygen -t mldsa44-ed25519 makes one; its public key belongs in authorized_keys of the server.',
    'Without "user" in RequirePQ, other keys and passwords are taken as well.',
  ].join('\n');
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
    ...(obscure !== 'no' && { obscureKeystrokesMilliseconds: Number(obscure) || KEYSTROKE_PACE }),
  };
}

function finishLogin(
  config: ClientConfig,
  log: Log,
  route: Line,
  client: Client,
  plan: LoginPlan,
  place: string,
): void {
  const { last } = plan;
  const where = route.address === undefined ? '(via proxy)' : `([${route.address}]:${route.port})`;
  log.verbose(`Authenticated to ${config.host} ${where} using "${last.method}".`);
  for (const line of algorithmLines(client.algorithms)) log.debug(line);
  log.verbose(verdictLine(client.algorithms, last));
  warnOfWeakExchange(client.algorithms, config.settings, log);
  // What is remembered are keys: a certificate is soon another one.
  const fingerprint = last.identity?.certificate === undefined ? last.identity?.fingerprint : undefined;
  if (fingerprint === undefined || fingerprint === lastKey(config.home, place)) return;
  try {
    rememberKey(config.home, place, fingerprint);
  } catch (cause) {
    log.debug(`Cannot remember the key that worked: ${failureText(cause)}`);
  }
}
