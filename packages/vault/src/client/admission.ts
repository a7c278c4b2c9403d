import {
  decode,
  encode,
  equal,
  fixed,
  FormatError,
  literal,
  nested,
  struct,
  text,
  type Value,
} from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import type { Room } from '@orrery/rendezvous';
import { checkKeys, deviceId, deviceKeysCodec, fingerprint } from '../device/keys.ts';
import type { Device } from '../device/secret.ts';
import { signaturesCodec, verifyLabelled } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { buildAdmit, proveDevice } from '../ledger/build.ts';
import { admissionProof } from '../ledger/entry.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { isMachineName } from '../ledger/names.ts';
import { findMember, isPresent, type Member } from '../ledger/state.ts';
import { verifyRecords, type Verified } from '../ledger/verify.ts';
import type { Remote } from '../remote/remote.ts';
import { unixNow } from './clock.ts';
import { Keyring } from './keyring.ts';
import { readRecords } from './ledger-pages.ts';
import type { Session } from './session.ts';

const hash = fixed(32);

/** The newcomer's one message: who it is, and proof that it holds the keys. */
const helloCodec = struct({
  label: literal(Label.admissionHello),
  username: text(64),
  name: text(64),
  keys: nested(deviceKeysCodec, 8192),
  proof: signaturesCodec,
});
export type Hello = Value<typeof helloCodec>;

/** The admitter's one message: into which ledger, by which entry, in answer to what. */
const answerCodec = struct({
  label: literal(Label.admissionAnswer),
  genesis: hash,
  entry: hash,
  hello: hash,
  /** Why the newcomer was not admitted; empty if it was. */
  refusal: text(200),
});

/** The account that a newcomer was told to accept, and nothing else. */
export interface Admission {
  readonly genesis: Uint8Array;
  readonly entry: Uint8Array;
}

/** The admitting side did not admit. */
export class NotAdmittedError extends Error {
  override readonly name = 'NotAdmittedError';
}

/** The newcomer's message; kept by the caller, so that an interrupted newcomer sends the same again. */
export async function makeHello(
  device: Pick<Device, 'keys' | 'signers'>,
  username: string,
  name: string,
): Promise<Uint8Array> {
  const proof = await proveDevice(device, username, name);
  return encode(helloCodec, { label: Label.admissionHello, username, name, keys: device.keys, proof });
}

/**
 * The newcomer's side: shows itself and waits for the answer.
 * @param sent Called as soon as the other side can find it.
 * @throws {RoomError} as the room does. @throws {NotAdmittedError} if a person said no.
 */
export async function askForAdmission(
  room: Room,
  hello: Uint8Array,
  signal?: AbortSignal,
  sent?: () => void,
): Promise<Admission> {
  await room.send(hello);
  sent?.();
  const told = decode(answerCodec, await room.receive(signal));
  if (!equal(told.hello, sha256(hello)))
    throw new FormatError('Cannot accept admission: it answers another machine');
  if (told.refusal !== '') throw new NotAdmittedError(`Cannot join the account: ${told.refusal}`);
  return told;
}

/**
 * Reads the ledger of the account that the newcomer was admitted to, and accepts no other: the genesis
 * that the room named, of that username, with the entry that the room named for exactly these keys.
 * @throws {LedgerError}
 */
export async function joinLedger(
  remote: Remote,
  device: Device,
  username: string,
  admission: Admission,
): Promise<Verified> {
  const verified = await readWholeLedger(remote);
  const { state, entries } = verified;
  if (!equal(state.account, admission.genesis) || state.username !== username)
    throw new LedgerError(
      'fork',
      `Cannot join: the server sent account ${fingerprint(state.account)} of "${state.username}", and the other machine named ${fingerprint(admission.genesis)} of "${username}"`,
    );
  const admit = entries.find((verifiedEntry) => equal(verifiedEntry.hash, admission.entry));
  const change = admit?.entry.change;
  if (change?.kind !== 'admit' || !equal(deviceId(change.keys), device.id))
    throw new LedgerError(
      'invalid',
      "Cannot join: the server's ledger does not have the entry that admitted this machine",
    );
  return verified;
}

/** All entries of the account, from nothing. */
export async function readWholeLedger(remote: Remote): Promise<Verified> {
  const { records, head } = await readRecords(remote, -1);
  const verified = verifyRecords(undefined, records);
  if (!equal(verified.state.head.hash, head.hash))
    throw new LedgerError(
      'invalid',
      "Cannot accept the server's ledger: it does not lead to the head that it names",
    );
  return verified;
}

/**
 * The admitter's side: reads who waits in the room.
 * @throws {FormatError} if the message is not one, or the newcomer does not hold its keys, has one that nobody can use,
 * or means another account.
 */
export async function meetNewcomer(
  room: Room,
  username: string,
  signal?: AbortSignal,
): Promise<{ hello: Hello; bytes: Uint8Array }> {
  const bytes = await room.receive(signal);
  const hello = decode(helloCodec, bytes);
  if (hello.username !== username)
    throw new FormatError(
      `Cannot admit: the other machine asks for account "${hello.username}", this one is of "${username}"`,
    );
  if (!isMachineName(hello.name))
    throw new FormatError(`Cannot admit: machine name "${hello.name}" is not allowed`);
  checkKeys(hello.keys);
  const proof = admissionProof(username, hello.name, hello.keys);
  if (!verifyLabelled(hello.keys, Label.deviceProof, proof, hello.proof))
    throw new FormatError('Cannot admit: the other machine did not prove that it holds its keys');
  return { hello, bytes };
}

/** Ends an append: meanwhile another machine has admitted the newcomer. */
class AdmittedMeanwhile extends Error {}

/**
 * Admits the newcomer, unless it is in already, because an answer was interrupted or another machine was quicker, and
 * tells it so. The account must be at rest (`finishRotation`). Returns who admitted it.
 */
export async function admitNewcomer(
  session: Session,
  room: Room,
  met: { readonly hello: Hello; readonly bytes: Uint8Array },
  allowClassic: boolean,
): Promise<Member> {
  const { name, keys, proof } = met.hello;
  const id = deviceId(keys);
  await session
    .append(async (state) => {
      if (isPresent(state, id)) throw new AdmittedMeanwhile();
      const keyring = Keyring.open(state, session.device);
      try {
        const key = keyring.key(keyring.present);
        return await buildAdmit(state, session.device, key, { name, keys, proof }, allowClassic, unixNow());
      } finally {
        keyring.wipe();
      }
    })
    .catch((cause: unknown) => {
      if (!(cause instanceof AdmittedMeanwhile)) throw cause;
    });
  const admitted = findMember(session.state, id)?.admitted;
  const admit = session.history().find(({ entry }) => entry.number === admitted?.number);
  const by = admitted === undefined ? undefined : findMember(session.state, admitted.by);
  if (admit === undefined || by === undefined)
    throw new RangeError(`Cannot answer "${name}": its admission is not in the ledger`);
  await answer(session, room, met.bytes, admit.hash, '');
  return by;
}

/** Tells the newcomer that a person said no. */
export function refuseNewcomer(session: Session, room: Room, hello: Uint8Array, why: string): Promise<void> {
  return answer(session, room, hello, new Uint8Array(32), why);
}

function answer(
  session: Session,
  room: Room,
  hello: Uint8Array,
  entry: Uint8Array,
  refusal: string,
): Promise<void> {
  const genesis = session.state.account;
  return room.send(
    encode(answerCodec, { label: Label.admissionAnswer, genesis, entry, hello: sha256(hello), refusal }),
  );
}
