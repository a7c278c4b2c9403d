import { decode, encode, fixed, FormatError, list, literal, struct, text } from '@orrery/bytes';
import { wipe, type Signer } from '@orrery/crypto';
import { Label } from '../labels.ts';
import { deviceId, type DeviceKeys } from './keys.ts';
import { findSuite, type Suite } from './suite.ts';

const SECRET_LENGTH = 32;

const secretCodec = struct({
  label: literal(Label.deviceSecret),
  suite: text(32),
  secrets: list(fixed(SECRET_LENGTH), 3),
});

/** A device with its secrets: what signs, unwraps, and never leaves the machine. */
export class Device {
  readonly suite: Suite;
  readonly keys: DeviceKeys;
  readonly id: Uint8Array;
  readonly signers: readonly Signer[];
  readonly #secrets: readonly Uint8Array[];

  private constructor(suite: Suite, secrets: readonly Uint8Array[]) {
    const signing = secrets.slice(0, suite.signatures.length);
    const kem = secrets[suite.signatures.length];
    if (kem === undefined || secrets.length !== suite.signatures.length + 1)
      throw new FormatError(
        `Cannot read device secret: ${secrets.length} keys do not fit suite "${suite.name}"`,
      );
    this.suite = suite;
    this.#secrets = secrets;
    this.signers = suite.signatures.map((algorithm, index) =>
      algorithm.signer(signing[index] ?? new Uint8Array()),
    );
    this.keys = {
      suite: suite.name,
      signing: this.signers.map((signer) => signer.publicKey),
      kem: suite.kem.publicKey(kem),
    };
    this.id = deviceId(this.keys);
  }

  /** Makes fresh keys. */
  static generate(suite: Suite): Device {
    const pairs = [...suite.signatures.map((algorithm) => algorithm.generate()), suite.kem.generate()];
    return new Device(
      suite,
      pairs.map((pair) => pair.secretKey),
    );
  }

  /** Reads what `export` wrote. @throws {FormatError} if the bytes are anything else. */
  static import(bytes: Uint8Array): Device {
    const { suite: name, secrets } = decode(secretCodec, bytes);
    const suite = findSuite(name);
    if (suite === undefined) throw new FormatError(`Cannot read device secret: suite "${name}" is not known`);
    const own = secrets.map((secret) => secret.slice());
    try {
      return new Device(suite, own);
    } catch (cause) {
      wipe(...own);
      if (!(cause instanceof RangeError)) throw cause;
      throw new FormatError(`Cannot read device secret: not keys of suite "${name}"`, { cause });
    }
  }

  /** The secrets as the 0600 file `device.key` holds them. The caller wipes the result. */
  export(): Uint8Array {
    return encode(secretCodec, {
      label: Label.deviceSecret,
      suite: this.suite.name,
      secrets: [...this.#secrets],
    });
  }

  /** The signer of request tokens. */
  get tokenSigner(): Signer {
    const signer = this.signers[this.suite.token.index];
    if (signer === undefined)
      throw new RangeError(`Cannot sign token: suite "${this.suite.name}" names no signer`);
    return signer;
  }

  /** Opens a KEM ciphertext made for this device: the shared secret. */
  decapsulate(ciphertext: Uint8Array): Uint8Array {
    return this.suite.kem.decapsulate(this.#kemSecret, ciphertext);
  }

  get #kemSecret(): Uint8Array {
    return this.#secrets[this.suite.signatures.length] ?? new Uint8Array();
  }

  /** Ends what `export` and `decapsulate` use. The signers keep what the platform imported. */
  wipe(): void {
    wipe(...this.#secrets);
  }
}
