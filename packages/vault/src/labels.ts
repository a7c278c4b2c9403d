/**
 * One label for each use of a key or a hash, so that bytes made for one
 * purpose never pass for another.
 */
export const Label = {
  deviceKeys: 'orrery/vault/1/device-keys',
  deviceProof: 'orrery/vault/1/device-proof',
  deviceSecret: 'orrery/vault/1/device-secret',
  entry: 'orrery/vault/1/entry',
  entrySignature: 'orrery/vault/1/entry-signature',
  wrap: 'orrery/vault/1/wrap',
  epochCommitment: 'orrery/vault/1/epoch-commitment',
  previousEpoch: 'orrery/vault/1/previous-epoch',
  object: 'orrery/vault/1/object',
  manifest: 'orrery/vault/1/manifest',
  rekeyMap: 'orrery/vault/1/rekey-map',
  snapshot: 'orrery/vault/1/snapshot',
  admissionHello: 'orrery/vault/1/admission-hello',
  admissionAnswer: 'orrery/vault/1/admission-answer',
  room: 'orrery/vault/1/room',
} as const;
