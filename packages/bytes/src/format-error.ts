/** Bytes from outside are not in the expected format. The only error that readers and `decode` throw for bad input. */
export class FormatError extends Error {
  override readonly name: string = 'FormatError';
}

/** A `variant` of a kind that this program does not know, perhaps of a newer version. */
export class UnknownKindError extends FormatError {
  override readonly name = 'UnknownKindError';
  /** The kind as it was read: a text from outside. */
  readonly kind: string;

  constructor(message: string, kind: string) {
    super(message);
    this.kind = kind;
  }
}
