import { equal, FormatError } from '@orrery/bytes';
import { DecryptError, sha256 } from '@orrery/crypto';
import type { ObjectRef } from '../ledger/entry.ts';
import { presentEpoch, type LedgerState } from '../ledger/state.ts';
import { openObject, sealObject, type SealedObject } from '../object.ts';
import { currentId, decodeRekeyMap, type RekeyMap } from '../rekey-map.ts';
import { Keyring } from './keyring.ts';
import type { Session } from './session.ts';

/** The server lacks an object that signed data names, or sent another one in its place. */
export class LostObjectError extends Error {
  override readonly name = 'LostObjectError';
  /** `missing`: the server has none. `altered`: it sent bytes that are not the object. */
  readonly code: 'missing' | 'altered';

  constructor(code: 'missing' | 'altered', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What came of asking for one object. */
export type Fetched = Uint8Array | LostObjectError;

/** Reads and seals the objects of an account as its ledger stood when this was opened. */
export class Contents {
  readonly map: RekeyMap;
  readonly #state: LedgerState;
  readonly #session: Session;
  readonly #keyring: Keyring;

  /** Opens the epoch keys and the newest rekey map. @throws {LostObjectError} if the server does not give it. */
  static async open(session: Session): Promise<Contents> {
    const { state } = session;
    const bare = Contents.withoutMap(session);
    if (state.map === undefined) return bare;
    const map = decodeRekeyMap(await bare.read(state.map));
    return new Contents(session, state, bare.#keyring, map);
  }

  /** Opens the epoch keys alone: objects are found only by their present ids. */
  static withoutMap(session: Session): Contents {
    const { state, device } = session;
    return new Contents(session, state, Keyring.open(state, device), new Map());
  }

  private constructor(session: Session, state: LedgerState, keyring: Keyring, map: RekeyMap) {
    this.#session = session;
    this.#state = state;
    this.#keyring = keyring;
    this.map = map;
  }

  /** True if the ledger still keeps the object. */
  keeps(id: Uint8Array): boolean {
    return this.#state.live.has(currentId(this.map, id).toHex());
  }

  /** Reads several objects, in the order asked: content, or why there is none. */
  async readAll(refs: readonly ObjectRef[]): Promise<readonly Fetched[]> {
    const raw = await this.readRaw(refs.map((ref) => currentId(this.map, ref.id)));
    const hashes = new Map<Uint8Array, Uint8Array>();
    const hashOf = (content: Uint8Array): Uint8Array => {
      const hash = hashes.get(content) ?? sha256(content);
      hashes.set(content, hash);
      return hash;
    };
    return refs.map((ref, index) => {
      const content = raw[index] ?? missing(ref.id);
      if (!(content instanceof Uint8Array) || equal(hashOf(content), ref.hash)) return content;
      return new LostObjectError(
        'altered',
        `Cannot use object ${ref.id.toHex()}: its content does not have the hash that was signed`,
      );
    });
  }

  /** Reads objects by their present ids, without a hash to compare. Ten thousand names for one are one content. */
  async readRaw(ids: readonly Uint8Array[]): Promise<readonly Fetched[]> {
    const wanted = new Map(ids.map((id) => [id.toHex(), id]));
    const kept = [...wanted.values()].filter((id) => this.#state.live.has(id.toHex()));
    const sealed =
      kept.length === 0 ? new Map<string, Uint8Array>() : await this.#session.remote.getObjects(kept);
    const opened = new Map([...wanted].map(([hex, id]) => [hex, this.#open(id, sealed.get(hex))]));
    return ids.map((id) => opened.get(id.toHex()) ?? missing(id));
  }

  /** Reads one object. @throws {LostObjectError} */
  async read(ref: ObjectRef): Promise<Uint8Array> {
    const [fetched] = await this.readAll([ref]);
    if (fetched instanceof Uint8Array) return fetched;
    throw fetched ?? missing(ref.id);
  }

  /** Seals content under the present epoch. */
  seal(plaintext: Uint8Array): SealedObject {
    const { epoch } = presentEpoch(this.#state);
    return sealObject({ account: this.#state.account, epoch, epochKey: this.#keyring.key(epoch) }, plaintext);
  }

  wipe(): void {
    this.#keyring.wipe();
  }

  #open(id: Uint8Array, bytes: Uint8Array | undefined): Fetched {
    const epoch = this.#state.live.get(id.toHex());
    if (bytes === undefined || epoch === undefined) return missing(id);
    try {
      return openObject(
        { account: this.#state.account, epoch, epochKey: this.#keyring.key(epoch) },
        id,
        bytes,
      );
    } catch (cause) {
      if (!(cause instanceof DecryptError || cause instanceof FormatError)) throw cause;
      return new LostObjectError(
        'altered',
        `Cannot read object ${id.toHex()}: the server sent something else`,
        { cause },
      );
    }
  }
}

function missing(id: Uint8Array): LostObjectError {
  return new LostObjectError('missing', `Cannot read object ${id.toHex()}: the server does not have it`);
}
