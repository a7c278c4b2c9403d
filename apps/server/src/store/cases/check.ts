import type { Store } from '../store.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Opens what `backup` wrote. */
  readonly openBackup: (file: string) => Promise<Store>;
  /** A path that does not exist. */
  readonly newFile: () => string;
}

/** Makes a test with an empty store, which is closed afterwards. */
export type Check = (title: string, body: (store: Store, made: StoreUnderTest) => Promise<void>) => void;
