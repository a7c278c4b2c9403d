import type { Aead } from './aead.ts';
import { aes256Gcm } from './aes-gcm.ts';
import { dhKemP256 } from './dhkem.ts';
import { ecdsaP256, ecdsaP384, ecdsaP521 } from './ecdsa.ts';
import { ed25519 } from './ed25519.ts';
import type { Kem } from './kem.ts';
import { mlDsa44, mlDsa65, mlDsa87 } from './ml-dsa.ts';
import { mlDsa44Ed25519 } from './mldsa44-ed25519.ts';
import type { SignatureAlgorithm } from './signature.ts';
import { slhDsa, slhDsaSets } from './slh-dsa.ts';
import { xWing } from './x-wing.ts';

/** Which algorithms there are, which are used unless someone asks for others, and which are too weak to be used at all. */
export interface Algorithms<T> {
  readonly supported: readonly T[];
  /** For signatures and key encapsulation: all of them together, so that one may break. */
  readonly default: readonly T[];
  readonly insecure: readonly T[];
}

export const signatureAlgorithms: Algorithms<SignatureAlgorithm> = {
  supported: [
    mlDsa65,
    ed25519,
    ecdsaP256,
    ecdsaP384,
    ecdsaP521,
    mlDsa44Ed25519,
    mlDsa44,
    mlDsa87,
    ...slhDsaSets.map((set) => slhDsa(set)),
  ],
  default: [mlDsa65, ed25519],
  insecure: [],
};

export const kems: Algorithms<Kem> = { supported: [xWing, dhKemP256], default: [xWing], insecure: [] };

export const aeads: Algorithms<Aead> = { supported: [aes256Gcm], default: [aes256Gcm], insecure: [] };
