const MiB = 1024 * 1024;

/**
 * Every limit that an operator may change: `maxAccounts` by the flag `--max-accounts`. What the protocol itself
 * limits stands in @orrery/vault. Over a limit the answer is a 4xx that says so.
 */
export const standardLimits = {
  maxAccounts: 10_000,
  newAccountsPerHour: 1_000,
  newAccountsPerAddress: 60,

  accountObjects: 20_000,
  accountBytes: 256 * MiB,
  ledgerEntries: 100_000,
  ledgerBytes: 512 * MiB,
  rotationsPerDay: 1_000,

  requestsPerMinute: 1_200,
  appendsPerMinute: 120,

  maxRooms: 5_000,
  newRoomsPerAddress: 60,
  newRooms: 5_000,
  roomRequestsPerAddress: 1_200,
  roomMissesPerAddress: 60,
  roomMisses: 10_000,
  maxPolls: 2_000,
  pollsPerAddress: 50,

  maxConnections: 5_000,
  connectionsPerAddress: 500,
  bodyMemory: 128 * MiB,
  headerSeconds: 10,
  requestSeconds: 300,
  answerSeconds: 300,
} as const;

export type LimitName = keyof typeof standardLimits;
export type Limits = Readonly<Record<LimitName, number>>;

/** What each limit counts, for `--help`. */
export const limitTexts: Readonly<Record<LimitName, string>> = {
  maxAccounts: 'accounts in all',
  newAccountsPerHour: 'accounts that all addresses together may open in an hour',
  newAccountsPerAddress: 'accounts that one address may open in an hour',

  accountObjects: 'objects of one account',
  accountBytes: 'bytes of the objects of one account',
  ledgerEntries: 'ledger entries of one account',
  ledgerBytes: 'bytes of the ledger of one account',
  rotationsPerDay: 'key rotations of one account in a day',

  requestsPerMinute: 'requests of one machine in a minute',
  appendsPerMinute: 'appends of one machine in a minute',

  maxRooms: 'rooms open at once',
  newRoomsPerAddress: 'rooms that one address may open in ten minutes',
  newRooms: 'rooms that all addresses together may open in ten minutes',
  roomRequestsPerAddress: 'requests to rooms from one address in a minute',
  roomMissesPerAddress: 'requests to rooms that do not exist, from one address in ten minutes',
  roomMisses: 'requests to rooms that do not exist, from all addresses in ten minutes',
  maxPolls: 'requests that wait in rooms at once',
  pollsPerAddress: 'requests of one address that wait in rooms at once',

  maxConnections: 'connections at once',
  connectionsPerAddress: 'connections of one address at once (not with --trust-proxy)',
  bodyMemory: 'bytes of request and answer bodies in memory at once: 1/8 per account, 1/4 per address',
  headerSeconds: 'seconds for the headers of a request',
  requestSeconds: 'seconds for a whole request',
  answerSeconds: 'seconds for a client to take its answer',
};

export const limitNames: readonly LimitName[] = Object.keys(standardLimits).filter(isLimitName);

/** `maxAccounts` is `--max-accounts` on the command line. */
export function limitFlag(name: LimitName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(standardLimits, name);
}
