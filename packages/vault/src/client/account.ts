import { decode, encode, fixed, literal, struct, text, type Value } from '@orrery/bytes';
import { readOwn } from './damaged.ts';
import type { Home } from './home.ts';

const accountCodec = struct({
  label: literal('orrery/vault/1/account-file'),
  server: text(2048),
  username: text(64),
  machine: text(64),
  /** The hash of the genesis entry, pinned when this machine joined. */
  account: fixed(32),
});

/** Which account this machine belongs to. */
export type Account = Omit<Value<typeof accountCodec>, 'label'>;

/** The account of a home that is set up; undefined for one that is not. @throws {DamagedStateError} */
export function readAccount(home: Home): Account | undefined {
  const bytes = home.read('account');
  return bytes === undefined ? undefined : readOwn(home.file('account'), () => decode(accountCodec, bytes));
}

/** The last step of a setup: from here on the home is set up. */
export function writeAccount(home: Home, account: Account): void {
  home.write('account', encode(accountCodec, { label: 'orrery/vault/1/account-file', ...account }));
}
