// In which order ways to log in are tried, and how often (ssh_config(5), PreferredAuthentications).
import { signatureNameOf } from '@orrery/keys';
import {
  type AuthDecider,
  type AuthMethod,
  type AuthState,
  type Question,
  type SessionProof,
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
import type { LoginAgent } from './login-agent.ts';

export interface LoginOptions {
  readonly config: ClientConfig;
  readonly log: Log;
  readonly ask: Asker;
  /** Those in files. */
  readonly identities: readonly Identity[];
  readonly agent: LoginAgent;
  /** The fingerprint of the key that worked last. */
  readonly lastKey: string | undefined;
  /** -P: passwords before keys. */
  readonly isPasswordFirst: boolean;
  /** Asked when a password would be sent: not to a host whose key is wrong. */
  readonly mayGivePasswords: () => boolean;
}

/** How the user proved who they are, and with which key. */
export interface Proof extends UserProof {
  readonly identity: Identity | undefined;
}

type Secret = 'password' | 'keyboard-interactive';
type MethodName = Secret | 'publickey';

const secrets: readonly MethodName[] = ['password', 'keyboard-interactive'];
const defaultOrder: readonly MethodName[] = ['publickey', 'keyboard-interactive', 'password'];

/** Chooses what to try next, until nothing is left. */
export class LoginPlan {
  readonly #options: LoginOptions;
  readonly #order: readonly MethodName[];
  #keys: Identity[] = [];
  readonly #prompts: number;
  readonly #left: Record<Secret, number>;
  /** Whether a person answered in the last attempt. */
  readonly #isAnswered: Record<Secret, boolean> = { password: false, 'keyboard-interactive': false };
  #hasBegun = false;
  #last: Proof = { method: 'none', algorithm: undefined, identity: undefined };

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#order = methodOrder(options);
    this.#prompts = options.config.settings.number('numberofpasswordprompts') ?? 3;
    this.#left = { password: this.#prompts, 'keyboard-interactive': this.#prompts };
  }

  /** What was tried last, which is what worked if the login did. */
  get last(): Proof {
    return this.#last;
  }

  readonly decide: AuthDecider = async ({ allowed, isPartial, session }: AuthState) => {
    const { log } = this.#options;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#keys = await keysToTry(this.#options, session);
      const first = await this.#first();
      if (first !== undefined) return first;
    } else log.debug(`Authentications that can continue: ${(allowed ?? []).join(',')}`);
    if (isPartial) log.debug(`Authenticated using "${this.#last.method}" with partial success.`);
    for (const name of this.#order) {
      if (allowed?.includes(name) === false) continue;
      const method = name === 'publickey' ? await this.#nextKey(false) : this.#nextSecret(name);
      if (method !== undefined) return method;
    }
    return undefined;
  };

  /** Nobody logs in any more. */
  end(): void {
    this.#options.agent.close();
  }

  /** The key that worked last time, at once; otherwise the server is asked what it takes, which may be nothing. */
  async #first(): Promise<AuthMethod | undefined> {
    const { lastKey, config } = this.#options;
    const [key] = this.#keys;
    const isKnown = lastKey !== undefined && key?.certificate === undefined && key?.fingerprint === lastKey;
    const sure = isKnown && this.#order[0] === 'publickey' ? await this.#nextKey(true) : undefined;
    return sure ?? (requires(config.settings, 'user') ? undefined : noAuthentication);
  }

  async #nextKey(isSure: boolean): Promise<AuthMethod | undefined> {
    const { config, log } = this.#options;
    const algorithms = acceptedSignatures(config);
    for (let identity = this.#keys.shift(); identity !== undefined; identity = this.#keys.shift()) {
      const { path, fingerprint, isHeld } = identity;
      const signer = await identity.signer();
      const algorithm = signer?.algorithms.find((name) => algorithms.includes(name));
      if (signer === undefined) continue;
      if (algorithm === undefined) {
        log.debug(`Skipping ${path}: PubkeyAcceptedAlgorithms and RequirePQ leave no signature for it`);
        continue;
      }
      log.debug(
        `Offering public key: ${path} ${algorithm} ${fingerprint ?? ''}${isHeld === true ? ' agent' : ''}`,
      );
      this.#last = { method: 'publickey', algorithm, identity };
      return publicKey(signer, {
        isSure,
        algorithms,
        onSignError: (error) => tellKeyError(path, error, log),
      });
    }
    return undefined;
  }

  #nextSecret(name: Secret): AuthMethod | undefined {
    const { log, mayGivePasswords } = this.#options;
    if (this.#left[name] === 0 || !mayGivePasswords()) return undefined;
    if (this.#left[name] < this.#prompts) {
      // A server that asked for nothing, and a person who said nothing, will do the same again.
      if (!this.#isAnswered[name]) return undefined;
      log.info('Permission denied, please try again.');
    }
    this.#left[name] -= 1;
    this.#isAnswered[name] = false;
    this.#last = { method: name, algorithm: undefined, identity: undefined };
    const ask = noticing(this.#options.ask, () => (this.#isAnswered[name] = true));
    const options = { ...this.#options, ask };
    return name === 'password' ? askPassword(options) : answerQuestions(options);
  }
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

async function keysToTry(
  { identities: files, agent, lastKey }: LoginOptions,
  session: SessionProof | undefined,
): Promise<Identity[]> {
  const identities = await agent.order(files, session);
  const isLast = ({ certificate, fingerprint }: Identity): boolean =>
    lastKey !== undefined && certificate === undefined && fingerprint === lastKey;
  return [...identities.filter(isLast), ...identities.filter((identity) => !isLast(identity))];
}

/** Tells of every answer. */
function noticing(ask: Asker, onAnswer: () => void): Asker {
  const noticed = <T>(answer: T): T => {
    if (answer !== undefined) onAnswer();
    return answer;
  };
  return {
    line: async (prompt) => noticed(await ask.line(prompt)),
    secret: async (prompt) => noticed(await ask.secret(prompt)),
  };
}

function acceptedSignatures({ settings }: ClientConfig): readonly string[] {
  const list = (settings.get('pubkeyacceptedalgorithms') ?? '').split(',');
  const spoken = list.filter((name) => supported.hostKeys.includes(signatureNameOf(name)));
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
