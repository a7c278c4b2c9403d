// The host's key through one connection: judged once, and the same ever after.
import type { HostKey } from '@orrery/ssh';
import type { Asker } from '../ask.ts';
import type { ClientConfig } from '../../config/load-config.ts';
import { LoginError } from '../failure.ts';
import type { Log } from '../log.ts';
import { type Verdict, checkHostKey } from './check-host-key.ts';
import { authoritiesFor } from './host-certificate.ts';
import { hostNames } from './host-names.ts';
import { type KnownKey, knownTypes, readKnownHosts } from './known-keys.ts';
import { updateHostKeys } from './update-host-keys.ts';
import { userFiles } from './user-files.ts';

export class KeyGuard {
  /** Types of the keys by which the host is known. */
  readonly knownTypes: ReadonlySet<string>;
  /** Whether a CA is known that may speak for the host. */
  readonly hasAuthority: boolean;
  readonly #config: ClientConfig;
  readonly #log: Log;
  readonly #ask: Asker;
  readonly #known: readonly KnownKey[];
  #verdict: Verdict | undefined;
  #key: Uint8Array | undefined;

  /** Reads the known_hosts files. */
  constructor(config: ClientConfig, log: Log, ask: Asker) {
    this.#config = config;
    this.#log = log;
    this.#ask = ask;
    this.#known = readKnownHosts([
      ...userFiles(config).map((path) => ({ path, isUser: true })),
      ...systemFiles(config).map((path) => ({ path, isUser: false })),
    ]);
    this.hasAuthority = authoritiesFor(config, this.#known).length > 0;
    this.knownTypes = knownTypes(this.#known, hostNames(config).name);
  }

  /** Whether secrets that could be used again elsewhere may be sent. */
  get mayGivePasswords(): boolean {
    return this.#verdict?.mayGivePasswords ?? false;
  }

  /** @param address The server's; undefined behind a proxy. @throws {LoginError} if the host may not have the key. */
  async check(hostKey: HostKey, address: string | undefined): Promise<void> {
    this.#log.debug('SSH2_MSG_NEWKEYS sent');
    if (this.#key !== undefined) {
      if (Buffer.compare(this.#key, hostKey.publicKey) === 0) return;
      throw new LoginError('Host key verification failed: the host changed its key within the session');
    }
    this.#verdict = await checkHostKey(hostKey, {
      config: this.#config,
      log: this.#log,
      ask: this.#ask,
      known: this.#known,
      address,
    });
    this.#key = hostKey.publicKey.slice();
  }

  /** The host told all of its keys. */
  learn(keys: readonly HostKey[]): void {
    updateHostKeys({
      keys,
      config: this.#config,
      log: this.#log,
      ask: this.#ask,
      known: this.#known,
      knownBy: this.#verdict?.knownBy,
    });
  }
}

function systemFiles({ settings }: ClientConfig): readonly string[] {
  return settings.all('globalknownhostsfile').filter((path) => path.toLowerCase() !== 'none');
}
