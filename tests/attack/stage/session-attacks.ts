// What a session process does that is taken over (see hostile-session.ts).
export const attackNames = [
  'flood-channel',
  'confirm-channel',
  'file-channel',
  'flood-link',
  'flood-terminals',
  'garbage-link',
  'flood-signer',
  'garbage-signer',
  'hang-up',
  'leave-heirs',
] as const;

export type AttackName = (typeof attackNames)[number];

/** The attacker chooses by the address that the login comes from: 127.0.0.2 and on, and others for terminals. */
export function attackOf(address: string): AttackName {
  return attackNames[Number(address.split('.').at(-1)) - 2] ?? 'flood-terminals';
}
