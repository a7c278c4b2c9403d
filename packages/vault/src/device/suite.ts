import {
  dhKemP256,
  ecdsaP256,
  ed25519,
  mlDsa65,
  xWing,
  type Kem,
  type SignatureAlgorithm,
} from '@orrery/crypto';

/** The algorithms of a device, fixed when it is admitted. */
export interface Suite {
  readonly name: string;
  readonly postQuantum: boolean;
  /** Every one of them signs a ledger entry, and every one must verify. */
  readonly signatures: readonly SignatureAlgorithm[];
  /** Index into `signatures` of the one that signs request tokens, and its JWT name. */
  readonly token: { readonly index: number; readonly alg: string };
  readonly kem: Kem;
}

/** ML-DSA-65 with Ed25519, and X-Wing: safe as long as either half is. */
export const hybridSuite: Suite = {
  name: 'mldsa65-ed25519-xwing',
  postQuantum: true,
  signatures: [mlDsa65, ed25519],
  token: { index: 0, alg: 'ML-DSA-65' },
  kem: xWing,
};

/** P-256 alone, for machines that cannot do better. What is wrapped for it is not post-quantum. */
export const classicSuite: Suite = {
  name: 'p256',
  postQuantum: false,
  signatures: [ecdsaP256],
  token: { index: 0, alg: 'ES256' },
  kem: dhKemP256,
};

const suites: readonly Suite[] = [hybridSuite, classicSuite];

/** The suite of that name; undefined for one that this version does not know. */
export function findSuite(name: string): Suite | undefined {
  return suites.find((suite) => suite.name === name);
}
