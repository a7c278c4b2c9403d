export * from './limits.ts';
export { Label } from './labels.ts';
export * from './device/suite.ts';
export * from './device/keys.ts';
export { Device } from './device/secret.ts';
export * from './ledger/entry.ts';
export * from './ledger/build.ts';
export { LedgerError, type LedgerErrorCode } from './ledger/ledger-error.ts';
export * from './ledger/names.ts';
export * from './ledger/state.ts';
export { stateCodec } from './ledger/state-codec.ts';
export { replayRecords, verifyRecords, type Verified, type VerifiedEntry } from './ledger/verify.ts';
export * from './request/token.ts';
export * from './request/wire.ts';
export { TransportError } from './remote/http.ts';
export { HttpRelay } from './remote/http-relay.ts';
export { createAccount, HttpRemote, type RemoteEvents } from './remote/http-remote.ts';
export type { Remote } from './remote/remote.ts';
export { MalformedAnswerError, ServerError } from './remote/server-error.ts';
export { readAccount, type Account } from './client/account.ts';
export * from './client/admission.ts';
export { moveAccount, NotSetUpError, openClient, type Client } from './client/client.ts';
export { Contents, LostObjectError } from './client/contents.ts';
export { DamagedStateError } from './client/damaged.ts';
export { Home } from './client/home.ts';
export * from './client/membership.ts';
export { newsOf, type News } from './client/news.ts';
export { readPending, type Pending } from './client/pending.ts';
export { finishRotation, openNewEpoch, type Rotated, type RotationOptions } from './client/rotation.ts';
export { RemovedError, RestoredServerError, Session } from './client/session.ts';
export * from './client/setup.ts';
export { readView, UnreadableViewError, type View } from './client/view.ts';
export type { PendingLine } from './sync/arrival.ts';
export { showFirst } from './sync/urgency.ts';
export type { Place } from './sync/place.ts';
export type { Decision } from './sync/plan.ts';
export {
  MassDeletionError,
  type Remark,
  type Report,
  type SyncHost,
  type SyncOptions,
} from './sync/report.ts';
export { syncUnlessAtRest } from './sync/rest.ts';
export { syncFolder } from './sync/sync.ts';
export { listSnapshots, snapshotNumber, undo, type Restorable, type Undone } from './sync/undo.ts';
export type { Preview } from './sync/preview.ts';
export { supplyFrom } from './sync/supply.ts';
export { readReported, writeReported } from './client/reported.ts';
