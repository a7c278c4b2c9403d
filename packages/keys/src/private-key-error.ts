/** Why a private key cannot be read. */
export type PrivateKeyProblem =
  /** It is encrypted, and no passphrase was given. */
  | 'passphrase-needed'
  | 'passphrase-wrong'
  /** It is no private key, or a broken one. */
  | 'damaged'
  /** A format, type or cipher that is not known here, or one that must not be used. */
  | 'unsupported';

/** A private key cannot be read. The message says nothing about the key itself. */
export class PrivateKeyError extends Error {
  override readonly name = 'PrivateKeyError';
  readonly code: PrivateKeyProblem;

  constructor(code: PrivateKeyProblem, message: string, options?: ErrorOptions) {
    super(`Cannot read private key: ${message}`, options);
    this.code = code;
  }
}

export function passphraseNeeded(): PrivateKeyError {
  return new PrivateKeyError('passphrase-needed', 'it is encrypted, and no passphrase was given');
}

export function passphraseWrong(): PrivateKeyError {
  return new PrivateKeyError('passphrase-wrong', 'the passphrase is not the right one');
}
