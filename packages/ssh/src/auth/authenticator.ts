// Who may log in: the question that a server asks of its program.
import type { Question } from './messages.ts';
import type { MethodList } from './policy.ts';

/** A key that somebody would log in with. */
export interface Offer {
  readonly user: string;
  /** Of the signature; it may differ from the key's type. */
  readonly algorithm: string;
  /** The key's blob. */
  readonly key: Uint8Array;
}

/** The next question, or the end of the dialogue: whether it succeeded. */
export type Turn = Question | boolean;

/** One dialogue by keyboard-interactive. */
export interface Interview {
  /** What comes after these answers, which are none at first and are wiped afterwards. */
  next(answers: readonly Uint8Array[]): Promise<Turn>;
}

export interface Greeting {
  /** Text for people. */
  readonly banner?: string | undefined;
  /** Signatures that this user's keys may make; absent: those that the connection began with. */
  readonly userKeyAlgorithms?: readonly string[] | undefined;
}

/**
 * It is asked the same things for a user who does not exist, and has to take as long to answer. A method without its
 * function here is refused whatever the policy says.
 */
export interface Authenticator {
  /** Any one of these lists is enough. Asked once, when the user's name is known. */
  policy(user: string): readonly MethodList[] | Promise<readonly MethodList[]>;
  /** What the user is told before the first answer. Asked once, after the policy. */
  greet?(user: string): Greeting | Promise<Greeting>;
  /** Whether the user may log in with this key. That the key is there is proven by the time that it counts. */
  allowsKey?(offer: Offer): Promise<boolean>;
  /**
   * Judges the signature of a message, too; absent: that is done here. For a server whose decisions are made in another
   * process, which cannot take the word of this one.
   */
  provesKey?(offer: Offer, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /** Whether it is the user's password; "expired": it is, but has to be changed first. */
  checkPassword?(user: string, password: Uint8Array): Promise<boolean | 'expired'>;
  /** Changes the password, if the present one is right; "expired": the new one will not do. */
  changePassword?(user: string, password: Uint8Array, replacement: Uint8Array): Promise<boolean | 'expired'>;
  /** Begins a dialogue. */
  interview?(user: string): Interview;
  /** Whether the user may log in without any proof. */
  allowsNothing?(user: string): Promise<boolean>;
  /** An attempt failed; the other side is told when this is done: the place for a constant delay, and for a log. */
  failed?(attempt: { readonly user: string; readonly method: string }): Promise<void>;
}

/** A method that succeeded. */
export interface Step {
  readonly method: string;
  /** The blob of the key, for publickey. */
  readonly key?: Uint8Array;
}

/** A user who proved everything that the policy asks for. */
export interface Authenticated {
  readonly user: string;
  readonly steps: readonly Step[];
}
