// In which order ways to log in are tried, and how often (ssh_config(5), PreferredAuthentications).
import {
  type AuthDecider,
  type AuthMethod,
  type AuthState,
  type Question,
  keyboardInteractive,
  noAuthentication,
  password,
  publicKey,
} from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import type { ClientConfig } from '../../config/load-config.ts';
import type { Asker } from '../ask.ts';
import type { Log } from '../log.ts';
import { type UserProof, isPostQuantumKey, requires } from '../post-quantum.ts';
import { supported } from '../spoken.ts';
import { type Identity, tellKeyError } from './identities.ts';

export interface LoginOptions {
  readonly config: ClientConfig;
  readonly log: Log;
  readonly ask: Asker;
  readonly identities: readonly Identity[];
  /** The fingerprint of the key that worked last. */
  readonly lastKey: string | undefined;
  /** -P: passwords before keys. */
  readonly isPasswordFirst: boolean;
  /** Asked when a password would be sent: not to a host whose key is wrong. */
  readonly mayGivePasswords: () => boolean;
}

export interface Login {
  readonly decide: AuthDecider;
  /** What was tried last, which is what worked if the login did. */
  readonly last: () => UserProof & { readonly identity: Identity | undefined };
}

type Secret = 'password' | 'keyboard-interactive';
type MethodName = Secret | 'publickey';

const secrets: readonly MethodName[] = ['password', 'keyboard-interactive'];
const defaultOrder: readonly MethodName[] = ['publickey', 'keyboard-interactive', 'password'];

export function createLogin(options: LoginOptions): Login {
  const { config, log } = options;
  const order = methodOrder(options);
  const prompts = config.settings.number('numberofpasswordprompts') ?? 3;
  const left = { password: prompts, 'keyboard-interactive': prompts };
  const keys = lastKeyFirst(options);
  let last: ReturnType<Login['last']> = { method: 'none', algorithm: undefined, identity: undefined };
  let hasAsked = false;

  const nextKey = async (isSure: boolean): Promise<AuthMethod | undefined> => {
    for (let identity = keys.shift(); identity !== undefined; identity = keys.shift()) {
      const signer = await identity.signer();
      const algorithms = acceptedSignatures(config);
      const algorithm = signer?.algorithms.find((name) => algorithms.includes(name));
      if (signer === undefined || algorithm === undefined) continue;
      log.debug(`Offering public key: ${identity.path} ${algorithm} ${identity.fingerprint ?? ''}`);
      last = { method: 'publickey', algorithm, identity };
      const onSignError = (error: unknown): void => tellKeyError(identity.path, error, log);
      return publicKey(signer, { isSure, algorithms, onSignError });
    }
    return undefined;
  };

  const nextSecret = (name: Secret): AuthMethod | undefined => {
    if (left[name] === 0 || !options.mayGivePasswords()) return undefined;
    if (left[name] < prompts) log.info('Permission denied, please try again.');
    left[name] -= 1;
    last = { method: name, algorithm: undefined, identity: undefined };
    return name === 'password' ? askPassword(options) : answerQuestions(options);
  };

  const decide = async ({ allowed, isPartial }: AuthState): Promise<AuthMethod | undefined> => {
    if (allowed === undefined && !hasAsked) {
      hasAsked = true;
      const isSure = order[0] === 'publickey' && keys[0]?.fingerprint === options.lastKey;
      const sure = isSure && options.lastKey !== undefined ? await nextKey(true) : undefined;
      return sure ?? noAuthentication;
    }
    log.debug(`Authentications that can continue: ${(allowed ?? []).join(',')}`);
    if (isPartial) log.debug(`Authenticated using "${last.method}" with partial success.`);
    for (const name of order) {
      if (allowed?.includes(name) === false) continue;
      const method = name === 'publickey' ? await nextKey(false) : nextSecret(name);
      if (method !== undefined) return method;
    }
    return undefined;
  };
  return { decide, last: () => last };
}

/** Methods that settings allow. */
function methodOrder({ config: { settings }, isPasswordFirst }: LoginOptions): readonly MethodName[] {
  const preferred = settings
    .get('preferredauthentications')
    ?.split(',')
    .flatMap((name) => defaultOrder.find((known) => known === name) ?? []);
  const order = preferred ?? (isPasswordFirst ? secrets : defaultOrder);
  const needsKey = requires(settings, 'user');
  const isAllowed: Readonly<Record<MethodName, boolean>> = {
    publickey: settings.get('pubkeyauthentication') !== 'false',
    password: settings.isOn('passwordauthentication') && !settings.isOn('batchmode') && !needsKey,
    'keyboard-interactive':
      settings.isOn('kbdinteractiveauthentication') && !settings.isOn('batchmode') && !needsKey,
  };
  return order.filter((name) => isAllowed[name]);
}

function lastKeyFirst({ identities, lastKey }: LoginOptions): Identity[] {
  const isLast = (identity: Identity): boolean => lastKey !== undefined && identity.fingerprint === lastKey;
  return [...identities.filter(isLast), ...identities.filter((identity) => !isLast(identity))];
}

function acceptedSignatures({ settings }: ClientConfig): readonly string[] {
  const list = (settings.get('pubkeyacceptedalgorithms') ?? '').split(',');
  const spoken = list.filter((name) => supported.hostKeys.includes(name));
  return requires(settings, 'user') ? spoken.filter(isPostQuantumKey) : spoken;
}

function askPassword({ ask, config }: LoginOptions): AuthMethod {
  const who = `${config.settings.get('user') ?? ''}@${config.host}`;
  return password(
    () => ask.secret(`${who}'s password: `),
    async (prompt) => {
      const old = await ask.secret(`${visible(prompt)}\nEnter ${who}'s old password: `);
      const replacement = old && (await ask.secret(`Enter ${who}'s new password: `));
      const again = replacement && (await ask.secret(`Retype ${who}'s new password: `));
      if (old === undefined || replacement === undefined || again === undefined) return undefined;
      const isSame = Buffer.compare(replacement, again) === 0;
      again.fill(0);
      return isSame ? { password: old, replacement } : undefined;
    },
  );
}

function answerQuestions({ ask, config, log }: LoginOptions): AuthMethod {
  const who = `(${config.settings.get('user') ?? ''}@${config.host}) `;
  return keyboardInteractive(
    async ({ name, instruction, prompts }: Question) => {
      for (const text of [name, instruction]) if (text !== '') log.info(text);
      const answers: Uint8Array[] = [];
      for (const { prompt, echo } of prompts) {
        const answer = echo
          ? new TextEncoder().encode((await ask.line(who + visible(prompt))) ?? '')
          : await ask.secret(who + visible(prompt));
        if (answer === undefined) return undefined;
        answers.push(answer);
      }
      return answers;
    },
    config.settings.get('kbdinteractivedevices')?.split(',') ?? [],
  );
}
