// The privileged side of one connection before login. It believes nothing that the worker says: it looks up who may log
// in, verifies every signature itself and decides by itself when enough is proven.
import { decode, encode } from '@orrery/bytes';
import { narrowed, noRestrictions, type KeyRestrictions } from '@orrery/sshfiles';
import type { Duplex } from 'node:stream';
import type { Settings } from '../../sshd-config/directives.ts';
import { describeKey } from '../describe-key.ts';
import { FrameLink } from '../frame-link.ts';
import type { Log } from '../log.ts';
import { answer, question, type Answer, type Question, type SignatureRequest } from '../protocol.ts';
import { exchangeHash } from '../signer/exchange-hash.ts';
import { acceptsKind, allowsNothing, allowsRoot, refusalOf } from './access.ts';
import { readBanner } from './banner.ts';
import { Methods, methodLists } from './methods.ts';
import { checkPassword } from './passwords.ts';
import { findPerson, type Account, type Person } from './accounts.ts';
import type { ReadFile } from './key-search.ts';
import type { Peer } from './peer.ts';
import { isSameKey, isSignedBy } from './plain-key.ts';
import { isAbout } from './signed-login.ts';
import { findRestrictions } from './user-keys.ts';

/** Signatures of one connection before login: the first key exchange, and more than enough for new keys. */
const MAX_SIGNATURES = 16;

/** Questions of one connection: many more than a client may cause, each of which may start programs. */
const MAX_QUESTIONS = 4096;

/** A login that was proven. */
export interface Granted {
  readonly account: Account;
  readonly groups: readonly string[];
  readonly settings: Settings;
  readonly restrictions: KeyRestrictions;
  /** What was proven, in order. */
  readonly proofs: readonly Proof[];
  /** The connection, as `encodeState` of the worker gave it. */
  readonly state: Uint8Array;
}

/** A method that succeeded. */
export interface Proof {
  readonly method: string;
  /** Of publickey. */
  readonly key?: Uint8Array;
}

export interface MonitorContext {
  readonly peer: Peer;
  /** The settings for a user of this connection; without one, those before a user is known. */
  readonly settingsFor: (person: Person | undefined) => Settings;
  /** Public blobs of the host keys, and their certificates. */
  readonly hostKeys: readonly Uint8Array[];
  /** A signature; empty if the signer refuses. */
  readonly sign: (request: SignatureRequest) => Promise<Uint8Array>;
  readonly readFile: ReadFile;
  readonly log: Log;
}

/** How a connection ended before login. */
export type Ending = 'granted' | 'failed' | 'nothing';

type Kind<K extends Question['kind']> = Extract<Question, { readonly kind: K }>;

const REFUSED: Answer = { kind: 'refused' };
const NO: Answer = { kind: 'verdict', isAllowed: false };
const YES: Answer = { kind: 'verdict', isAllowed: true };

export class Monitor {
  /** What came of it, once the worker is gone. */
  readonly ended: Promise<Ending>;
  readonly #context: MonitorContext;
  readonly #onGrant: (granted: Granted) => void;
  readonly #link: FrameLink;
  #sessionId: Uint8Array | undefined;
  #questions = 0;
  #signatures = 0;
  /** As it came: behind a colon may stand a style of authentication, which is none of the name. */
  #user: string | undefined;
  #person: Person | undefined;
  #settings: Settings | undefined;
  #refusal: string | undefined;
  #methods: Methods = new Methods([]);
  readonly #proofs: Proof[] = [];
  #restrictions: KeyRestrictions | undefined;
  #failures = 0;
  /** Failures but for keys that were only offered. */
  #wrongProofs = 0;
  #hasOffered = false;
  #passwords = 0;
  #isGranted = false;

  constructor(stream: Duplex, context: MonitorContext, onGrant: (granted: Granted) => void) {
    this.#context = context;
    this.#onGrant = onGrant;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#link = new FrameLink(stream, {
      take: (frame) => this.#take(frame),
      closed: (error) => {
        if (error !== undefined) context.log.error(`worker for ${context.peer.address}: ${error.message}`);
        resolve(this.#isGranted ? 'granted' : this.#failures > 0 ? 'failed' : 'nothing');
      },
    });
  }

  /** Stops listening to the worker. */
  close(): void {
    this.#link.close();
  }

  async #take(frame: Uint8Array): Promise<void> {
    this.#questions += 1;
    if (this.#questions > MAX_QUESTIONS) throw new RangeError('Cannot answer: too many questions');
    const asked = decode(question, frame);
    if (asked.kind === 'loggedIn') return this.#grant(asked);
    this.#link.send(encode(answer, await this.#answer(asked)));
    this.#hasOffered = asked.kind === 'key';
  }

  #answer(asked: Exclude<Question, Kind<'loggedIn'>>): Answer | Promise<Answer> {
    switch (asked.kind) {
      case 'sign':
        return this.#sign(asked);
      case 'policy':
        return this.#admit(asked);
      case 'key':
        return this.#judgeKey(asked);
      case 'proof':
        return this.#judgeProof(asked);
      case 'nothing':
        return this.#judgeNothing(asked);
      case 'password':
        return this.#judgePassword(asked);
      case 'failed':
        return this.#noteFailure(asked);
    }
  }

  /** The first hash that is signed names the session. */
  async #sign({ algorithm, input, hashLength }: Kind<'sign'>): Promise<Answer> {
    this.#signatures += 1;
    if (this.#signatures > MAX_SIGNATURES) return REFUSED;
    const signature = await this.#context.sign({ kind: 'exchange', algorithm, input, hashLength });
    if (signature.length === 0) return REFUSED;
    this.#sessionId ??= exchangeHash(input, hashLength);
    return { kind: 'signature', signature };
  }

  /** Names the user, once. The answer is the same for somebody who does not exist. */
  async #admit({ user }: Kind<'policy'>): Promise<Answer> {
    if (this.#user !== undefined) return REFUSED;
    this.#user = user;
    const person = await findPerson(user.split(':', 1)[0] ?? '');
    const settings = this.#context.settingsFor(person);
    this.#person = person;
    this.#settings = settings;
    this.#refusal = refusalOf(person, this.#context.peer, settings);
    if (this.#refusal !== undefined)
      this.#context.log.info(
        `User ${quoted(user)} from ${this.#context.peer.address} not allowed: ${this.#refusal}`,
      );
    this.#methods = new Methods(methodLists(settings));
    const { banner, pubkeyAcceptedAlgorithms } = settings;
    return {
      kind: 'policy',
      lists: this.#methods.lists.map((list) => [...list]),
      algorithms: [...pubkeyAcceptedAlgorithms],
      banner: banner === undefined ? undefined : readBanner(banner, this.#context.log),
    };
  }

  async #judgeKey({ user, algorithm, key }: Kind<'key'>): Promise<Answer> {
    if ((await this.#findKey(user, algorithm, key)) === undefined) return NO;
    this.#note(`Postponed publickey for ${quoted(user)}`, 'publickey', `: ${describeKey(key)}`);
    return YES;
  }

  async #judgeProof({ user, algorithm, key, message, signature }: Kind<'proof'>): Promise<Answer> {
    const restrictions = await this.#findKey(user, algorithm, key);
    // Verified even if the key may not log in: how long the answer takes must not tell.
    const isSigned = isSignedBy(key, algorithm, message, signature, restrictions);
    const { hostKeys } = this.#context;
    const isMeant = isAbout(message, { sessionId: this.#sessionId, user, algorithm, key, hostKeys });
    const isNew = !this.#proofs.some((proof) => proof.key !== undefined && isSameKey(proof.key, key));
    const isProven = isSigned && isMeant && isNew && this.#methods.isNext('publickey');
    if (restrictions === undefined || !isProven) return NO;
    const left = narrowed(this.#restrictions ?? restrictions, restrictions);
    if (left === undefined) return NO; // another command is forced already
    this.#restrictions = left;
    return this.#advance({ method: 'publickey', key: key.slice() });
  }

  #judgeNothing({ user }: Kind<'nothing'>): Answer {
    const [person, settings] = [this.#person, this.#settings];
    if (person === undefined || settings === undefined || user !== this.#user) return NO;
    const isAllowed = this.#refusal === undefined && allowsNothing(person, settings);
    return isAllowed && this.#methods.isNext('none') ? this.#advance({ method: 'none' }) : NO;
  }

  /** The password is looked at whoever the user is, and whatever the method: how long it takes must not tell. */
  async #judgePassword({ user, method, password }: Kind<'password'>): Promise<Answer> {
    const [person, settings] = [this.#person, this.#settings];
    if (person === undefined || settings?.passwordFile === undefined || user !== this.#user) return NO;
    // A worker that has gone over to the other side tells of no failures.
    this.#passwords += 1;
    if (this.#passwords > settings.maxAuthTries) throw new RangeError('Cannot go on: too many passwords');
    const { log } = this.#context;
    const isRight = await checkPassword(
      { file: settings.passwordFile, name: person.account.name, log },
      password,
    );
    const isRootFine = person.account.uid !== 0 || settings.permitRootLogin === 'yes';
    const isAllowed = this.#refusal === undefined && isRootFine && isRight;
    return isAllowed && this.#methods.isNext(method) ? this.#advance({ method }) : NO;
  }

  #advance(proof: Proof): Answer {
    this.#methods.advance(proof.method);
    this.#proofs.push(proof);
    return YES;
  }

  /** What the key may do, if the user may log in with it. The same is looked at whoever it is. */
  async #findKey(user: string, algorithm: string, key: Uint8Array): Promise<KeyRestrictions | undefined> {
    const [person, settings] = [this.#person, this.#settings];
    if (person === undefined || settings === undefined || user !== this.#user) return undefined;
    const { account } = person;
    const { log, peer, readFile } = this.#context;
    const found = await findRestrictions(
      { account, peer, readFile, rules: settings, log: (text) => log.info(text) },
      key,
    );
    if (found === undefined || this.#refusal !== undefined) return undefined;
    const isRootFine = allowsRoot(account.uid, settings.permitRootLogin, found.command !== undefined);
    return isRootFine && acceptsKind(algorithm, key, settings) ? found : undefined;
  }

  /** Who wants to log in, for the log; undefined before that is said. */
  get candidate(): { readonly name: string; readonly exists: boolean } | undefined {
    if (this.#user === undefined) return undefined;
    return { name: quoted(this.#user), exists: this.#person?.exists === true };
  }

  #noteFailure({ user, method }: Kind<'failed'>): Answer {
    if (method === 'none') return NO;
    this.#failures += 1;
    const whom = this.#person?.exists === true ? quoted(user) : `invalid user ${quoted(user)}`;
    this.#note(`Failed ${method} for ${whom}`, method);
    if (!this.#hasOffered) this.#wrongProofs += 1;
    if (this.#failures > (this.#settings?.maxAuthTries ?? 0))
      throw new RangeError('Cannot go on: too many attempts');
    return NO;
  }

  /** As loud as OpenSSH with PAM: who offers one key after the other until one fits is no one who guesses. */
  #note(text: string, method: string, more = ''): void {
    const { log, peer } = this.#context;
    const isValid = this.#person?.exists === true && this.#refusal === undefined;
    const areMany = this.#wrongProofs >= Math.floor((this.#settings?.maxAuthTries ?? 0) / 2);
    const level = !isValid || areMany || method !== 'publickey' ? 'info' : 'verbose';
    log[level](`${text} from ${peer.address} port ${peer.port} ssh2${more}`);
  }

  #grant({ user, state }: Kind<'loggedIn'>): void {
    const [person, settings] = [this.#person, this.#settings];
    if (
      this.#isGranted ||
      !this.#methods.areProven ||
      person === undefined ||
      settings === undefined ||
      user !== this.#user
    )
      throw new RangeError(`Cannot log ${quoted(user)} in: nothing is proven`);
    this.#isGranted = true;
    const { account, groups } = person;
    const { address, port } = this.#context.peer;
    const { method = '', key } = this.#proofs.at(-1) ?? {};
    const by = key === undefined ? '' : `: ${describeKey(key)}`;
    this.#context.log.info(`Accepted ${method} for ${account.name} from ${address} port ${port} ssh2${by}`);
    const [restrictions, proofs] = [this.#restrictions ?? noRestrictions, this.#proofs];
    // The worker is not needed any more, whatever it says about that.
    this.#link.close();
    this.#onGrant({ account, groups, settings, restrictions, proofs, state });
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100)).slice(1, -1);
}
