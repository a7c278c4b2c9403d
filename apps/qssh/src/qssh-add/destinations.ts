// Where keys may be used: -h, with the keys of hosts from known_hosts (ssh-add(1)).
import { type KnownHostsEntry, isEntryFor } from '@orrery/sshfiles';
import type { Destination, Hop } from '@orrery/ssh';
import { join } from 'node:path';
import { readKnownHosts } from '../qssh/host-key/known-keys.ts';
import type { CommandLine } from './command-line.ts';

/** A destination that cannot be. */
export class DestinationError extends Error {
  override readonly name = 'DestinationError';
}

const HERE: Hop = { user: '', host: '', keys: [] };

/** @throws {DestinationError} */
export function readDestinations(
  { destinations, hostKeyFiles }: Pick<CommandLine, 'destinations' | 'hostKeyFiles'>,
  home: string,
): readonly Destination[] {
  const files = hostKeyFiles.length > 0 ? hostKeyFiles : usualFiles(home);
  const entries = readKnownHosts(files.map((path) => ({ path, isUser: true }))).map(({ entry }) => entry);
  return destinations.map((text) => readDestination(text, entries));
}

function usualFiles(home: string): readonly string[] {
  const names = ['known_hosts', 'known_hosts2'];
  return [...names.map((name) => join(home, '.ssh', name)), ...names.map((name) => `/etc/ssh/ssh_${name}`)];
}

/** `[user@]host`, or `host>[user@]host`. */
function readDestination(text: string, entries: readonly KnownHostsEntry[]): Destination {
  const [first = '', second] = text.split(/>(.*)/s, 2);
  if (second === undefined) return { from: HERE, to: readHop(first, entries) };
  if (first.includes('@'))
    throw new DestinationError(`Invalid key destination constraint ${text}: it begins with a user`);
  return { from: readHop(first, entries), to: readHop(second, entries) };
}

function readHop(text: string, entries: readonly KnownHostsEntry[]): Hop {
  const [user = '', rest] = text.split(/@(.*)/s, 2);
  const host = rest ?? user;
  if (host === '') throw new DestinationError(`Invalid key destination constraint ${text}: no host`);
  const ofHost = entries.filter((entry) => isEntryFor(entry, host.toLowerCase()));
  const revoked = new Set(ofHost.filter(({ marker }) => marker === '@revoked').map(({ key }) => key));
  const keys = ofHost
    .filter(({ marker, key }) => marker !== '@revoked' && !revoked.has(key))
    .map(({ marker, key }) => ({
      publicKey: Uint8Array.fromBase64(key),
      isAuthority: marker === '@cert-authority',
    }));
  if (keys.length === 0) throw new DestinationError(`No host keys found for destination "${host}"`);
  return { user: rest === undefined ? '' : user, host, keys };
}
