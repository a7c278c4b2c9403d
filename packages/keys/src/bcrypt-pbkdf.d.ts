declare module 'bcrypt-pbkdf' {
  /** Fills `key` and returns 0, or returns -1 for an argument that it refuses. */
  export function pbkdf(
    password: Uint8Array,
    passwordLength: number,
    salt: Uint8Array,
    saltLength: number,
    key: Uint8Array,
    keyLength: number,
    rounds: number,
  ): number;
}
