// UpdateHostKeys: a host that proved who it is may tell its other keys, and take old ones back (OpenSSH's PROTOCOL, 2.5).
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '@orrery/disk';
import { parsePublicKeyBlob, signatureNamesOf } from '@orrery/keys';
import type { HostKey } from '@orrery/ssh';
import { isEntryFor } from '@orrery/sshfiles';
import type { ClientConfig } from '../../config/load-config.ts';
import { failureText } from '../../copy/reason.ts';
import type { Asker } from '../ask.ts';
import type { Log } from '../log.ts';
import { addKnownHost } from './add-known-host.ts';
import { hostNames } from './host-names.ts';
import { keyWord, shownFingerprint } from './key-words.ts';
import { type KnownKey, readKnownHosts } from './known-keys.ts';
import { fileFor } from './user-files.ts';

export interface HostKeyUpdate {
  /** All keys of the host, which it proved to have. */
  readonly keys: readonly HostKey[];
  readonly config: ClientConfig;
  readonly log: Log;
  readonly ask: Asker;
  readonly known: readonly KnownKey[];
  /** The entry by which the host's key was known before this login. */
  readonly knownBy: KnownKey | undefined;
}

/** Brings the user's known_hosts in line with the keys of the host. Only a host that was known may do so. */
export function updateHostKeys(update: HostKeyUpdate): void {
  const { keys, config, log, knownBy } = update;
  const mode = config.settings.get('updatehostkeys');
  const files = writtenFiles(config);
  if (mode === 'false' || files.length === 0 || knownBy?.isUser !== true) return;
  const { name } = hostNames(config);
  const own = readKnownHosts(files.map((path) => ({ path, isUser: true }))).filter(({ entry }) =>
    isEntryFor(entry, name),
  );
  if (own.some(({ entry }) => !isPlain(entry.hosts))) {
    log.debug('Host keys are not updated: the host is known by a pattern or together with others');
    return;
  }
  // A key that is not to be used for logins is not learned.
  const algorithms = (config.settings.get('hostkeyalgorithms') ?? '').split(',');
  const usable = keys.filter(({ algorithm }) => algorithms.includes(algorithm));
  const offered = new Map(usable.map(({ publicKey }) => [publicKey.toBase64(), publicKey]));
  const revoked = new Set(
    update.known.filter(({ entry }) => entry.marker === '@revoked').map(({ entry }) => entry.key),
  );
  const learned = [...offered].filter(
    ([key]) => !revoked.has(key) && !own.some(({ entry }) => entry.key === key),
  );
  // Whoever names algorithms wants no keys of others, as with ssh; what is not offered unless it is known stays.
  const kept = config.hasOwnKeyOrder ? usable : keys;
  const gone = own.filter(({ entry }) => entry.marker === '' && isTakenBack(entry, kept));
  if (learned.length === 0 && gone.length === 0) return log.debug('Host keys are up to date');
  // Whoever could make the host forget all keys that are known here could put its own in their place.
  if (own.length > 0 && gone.length === own.length) return;
  void apply(update, name, learned, gone).catch((cause: unknown) =>
    log.error(`Cannot update known hosts: ${failureText(cause)}`),
  );
}

/** A host proves to have what it goes on using. What nobody can prove here, for its type, stays as it is. */
function isTakenBack({ keyType, key }: KnownKey['entry'], keys: readonly HostKey[]): boolean {
  if (signatureNamesOf(keyType).length === 0) return false;
  return !keys.some(({ publicKey }) => publicKey.toBase64() === key);
}

/** The files that keys are added to, by their types. */
function writtenFiles(config: ClientConfig): readonly string[] {
  const first = fileFor('', config);
  return [first, config.ownKnownHosts].filter((file) => file !== undefined);
}

function isPlain(hosts: KnownKey['entry']['hosts']): boolean {
  return (
    hosts.kind === 'hashed' ||
    (hosts.patterns.length === 0 && hosts.negated.length === 0 && hosts.names.length === 1)
  );
}

async function apply(
  { config, log, ask }: HostKeyUpdate,
  name: string,
  learned: readonly (readonly [string, Uint8Array])[],
  gone: readonly KnownKey[],
): Promise<void> {
  const { settings } = config;
  const words = [
    ...learned.map(([, blob]) => {
      const { type } = parsePublicKeyBlob(blob);
      return `Learned new hostkey: ${keyWord(type)} ${shownFingerprint(blob, settings.get('fingerprinthash'))}`;
    }),
    ...gone.map(
      ({ entry, file, line }) => `Deprecating obsolete hostkey: ${keyWord(entry.keyType)} in ${file}:${line}`,
    ),
  ];
  for (const word of words) log.verbose(word);
  if (settings.get('updatehostkeys') === 'ask') {
    const answer = await ask.line(`${words.join('\n')}\nAccept updated hostkeys? (yes/no): `);
    if (answer?.trim().toLowerCase() !== 'yes') return;
  }
  for (const [file, keys] of Map.groupBy(gone, (key) => key.file))
    removeLines(file, new Set(keys.map(({ line }) => line)));
  for (const [key, blob] of learned) {
    const { type } = parsePublicKeyBlob(blob);
    const file = fileFor(type, config);
    if (file !== undefined)
      addKnownHost(file, { name, type, key, isHashed: settings.isOn('hashknownhosts') });
  }
}

function removeLines(file: string, numbers: ReadonlySet<number>): void {
  const lines = readFileSync(file, 'latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const kept = lines.filter((_, index) => !numbers.has(index + 1)).join('');
  writeFileAtomic(file, Buffer.from(kept, 'latin1'), { mode: 0o600 });
}
