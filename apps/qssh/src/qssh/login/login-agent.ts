// The user's agent in one login.
import { type PublicKey, algorithmNamesOf, fingerprint, parsePublicKeyBlob } from '@orrery/keys';
import { FormatError } from '@orrery/bytes';
import type { PrivateKey } from '@orrery/keys';
import { AgentClient, AgentError, type AgentKey, type KeyConstraints, type SessionProof } from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import type { Settings } from '../../config/settings.ts';
import { failureText } from '../../copy/reason.ts';
import type { Asker } from '../ask.ts';
import type { Log } from '../log.ts';
import { agentSocket, dialAgent } from './agent-socket.ts';
import { identityName, withSigners } from './certificates.ts';
import { type Identity, isTooShort } from './identities.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks the agent, if there is one; what goes wrong is said, and is no more than a login without it. */
export class LoginAgent {
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #ask: Asker;
  readonly #client: Promise<AgentClient | undefined>;

  /** Connects at once. */
  constructor(settings: Settings, environment: Environment, log: Log, ask: Asker) {
    this.#settings = settings;
    this.#log = log;
    this.#ask = ask;
    this.#client = this.#open(agentSocket(settings, environment));
  }

  /** The keys to try, in OpenSSH's order: CertificateFile, those of the agent that are configured, its others, those in files alone. */
  async order(files: readonly Identity[], session: SessionProof | undefined): Promise<readonly Identity[]> {
    const client = await this.#client;
    const held = client === undefined ? [] : await this.#list(client, session);
    const fileOf = new Map(files.map((file) => [identityName(file), file] as const));
    const identities = held.map(({ key, certificate, signer }) => {
      const print = fingerprint(key.publicKey, 'sha256');
      const shown = { fingerprint: print, ...(certificate === undefined ? {} : { certificate }) };
      const file = fileOf.get(identityName({ ...shown, path: '', signer }));
      const path = file?.path ?? visible(key.comment);
      return { ...shown, path, isHeld: true, isConfigured: file !== undefined, signer };
    });
    const inAgent = new Set(identities.map(identityName));
    return withSigners([
      ...files.filter((file) => file.isNamed === true && !inAgent.has(identityName(file))),
      ...identities.filter(({ isConfigured }) => isConfigured),
      ...identities.filter(({ isConfigured }) => !isConfigured && !this.#settings.isOn('identitiesonly')),
      ...files.filter((file) => file.isPublic !== true && file.isNamed !== true && !isHeld(file, inAgent)),
    ]);
  }

  /** AddKeysToAgent: what was unlocked once is not asked for again. */
  readonly keep = async (path: string, key: PrivateKey): Promise<void> => {
    const [first = 'false', second] = this.#settings.all('addkeystoagent');
    if (first === 'false') return;
    const client = await this.#client;
    if (client === undefined || (first === 'ask' && !(await this.#isWanted(path, key)))) return;
    try {
      await client.add(key.comment === '' ? { ...key, comment: path } : key, constraintsOf(first, second));
      this.#log.debug(`identity added to agent: ${path}`);
    } catch (cause) {
      this.#log.debug(`could not add identity to agent: ${path}: ${describe(cause)}`);
    }
  };

  /** Ends the connection. */
  close(): void {
    void this.#client.then((client) => client?.close());
  }

  async #open(path: string | undefined): Promise<AgentClient | undefined> {
    if (path === undefined) return undefined;
    try {
      const socket = await dialAgent(path);
      socket.unref(); // a login waits for its host
      return new AgentClient(socket);
    } catch (cause) {
      this.#log.debug(`get_agent_identities: cannot connect to the agent: ${failureText(cause)}`);
      return undefined;
    }
  }

  async #list(client: AgentClient, session: SessionProof | undefined) {
    try {
      if (session !== undefined) await this.#bind(client, session);
      const keys = await client.list();
      this.#log.debug(`get_agent_identities: agent returned ${keys.length} keys`);
      return keys.flatMap((key) => {
        const found = this.#usable(key);
        if (found === undefined) return [];
        const certificate = found.certifiedKey === undefined ? undefined : key.publicKey;
        return [{ key, certificate, signer: async () => client.signer(key) }];
      });
    } catch (cause) {
      this.#log.debug(`get_agent_identities: ${describe(cause)}`);
      return [];
    }
  }

  /** An agent that cannot be bound holds no keys that need it. */
  async #bind(client: AgentClient, session: SessionProof): Promise<void> {
    try {
      await client.bindSession({ ...session, isForwarding: false });
      this.#log.debug('get_agent_identities: bound agent to hostkey');
    } catch (cause) {
      if (!(cause instanceof AgentError) || cause.code !== 'refused') throw cause;
      this.#log.debug('get_agent_identities: the agent does not bind sessions', 2);
    }
  }

  #usable({ publicKey, comment }: AgentKey): PublicKey | undefined {
    try {
      const key = parsePublicKeyBlob(publicKey);
      if (algorithmNamesOf(key.type).length > 0 && !isTooShort(key, this.#settings)) return key;
    } catch (cause) {
      if (!(cause instanceof FormatError)) throw cause;
    }
    this.#log.debug(`Skipping key of the agent that cannot be used: ${visible(comment)}`);
    return undefined;
  }

  async #isWanted(path: string, key: PrivateKey): Promise<boolean> {
    const answer = await this.#ask.line(`Add key ${path} (${visible(key.comment)}) to agent? `);
    return answer === '' || answer?.toLowerCase() === 'yes';
  }
}

function isHeld(file: Identity, inAgent: ReadonlySet<string | undefined>): boolean {
  const name = identityName(file);
  return name !== undefined && inAgent.has(name);
}

function constraintsOf(first: string, second: string | undefined): KeyConstraints {
  const seconds = first === 'confirm' ? second : first;
  const lifetimeSeconds = seconds !== undefined && /^0*[1-9]\d*$/.test(seconds) ? Number(seconds) : undefined;
  return { confirm: first === 'confirm', lifetimeSeconds };
}

function describe(cause: unknown): string {
  return cause instanceof AgentError ? cause.message : failureText(cause);
}
