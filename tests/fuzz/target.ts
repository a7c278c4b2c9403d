/** A parser of bytes from outside. */
export interface Target {
  /**
   * Reads the bytes, and checks what must hold of what came out.
   * @throws what `refuses` knows; anything else is a defect.
   */
  readonly run: (bytes: Uint8Array) => void | Promise<void>;
  /** Whether this is how the parser says that the bytes are not right. */
  readonly refuses: (error: unknown) => boolean;
  /** Inputs to begin with: of real sessions and files, or what our own side writes. */
  readonly seeds: readonly Uint8Array[];
  /** Words of the format, for the mutations. */
  readonly words?: readonly string[];
}

/** Loads the code under test, and makes the target: the coverage has begun by then. */
export type LoadTarget = () => Promise<Target>;
