import { siteOf } from '../origin.ts';
import type { Allowance, Store } from '../store/store.ts';

/** How many times as much as one address a whole IPv6 site may have. */
const SITE_FACTOR = 4;

/** An allowance of each address, and the one of its site: a single customer may have thousands of IPv6 networks. */
export function perAddress(allowance: Allowance, address: string): readonly Allowance[] {
  const { key, limit } = allowance;
  const site = siteOf(address);
  return [
    { ...allowance, key: `${key}/${address}` },
    ...(site === undefined ? [] : [{ ...allowance, key: `${key}/${site}`, limit: limit * SITE_FACTOR }]),
  ];
}

/** Takes from one allowance after the other, up to the first that is used up: seconds to wait for that, or 0. */
export async function spendAll(store: Store, allowances: readonly Allowance[], now: number): Promise<number> {
  for (const allowance of allowances) {
    const wait = await store.spend(allowance, now);
    if (wait > 0) return wait;
  }
  return 0;
}
