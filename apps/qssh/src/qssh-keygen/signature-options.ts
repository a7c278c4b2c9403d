// What -Y takes (ssh-keygen(1)).
import { type SshsigHash, parseAbsoluteTime } from '@orrery/keys';
import { type CommandLine, valueOf, valuesOf } from './command-line.ts';
import { KeygenError } from './session.ts';

export interface SignatureOptions {
  readonly hash: SshsigHash;
  readonly printsKey: boolean;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** -O. @throws {KeygenError} */
export function readSignatureOptions(line: CommandLine): SignatureOptions {
  let [hash, printsKey, time]: [SshsigHash, boolean, number] = ['sha512', false, Date.now()];
  for (const option of valuesOf(line, 'O')) {
    const [name = '', value = ''] = option.split(/=(.*)/s, 2);
    if (name === 'hashalg') {
      if (value !== 'sha256' && value !== 'sha512')
        throw new KeygenError(`unsupported hash algorithm "${value}"`);
      hash = value;
    } else if (name === 'verify-time') {
      const parsed = parseAbsoluteTime(value);
      if (parsed === undefined) throw new KeygenError('Invalid "verify-time" option');
      time = parsed;
    } else if (option === 'print-pubkey') printsKey = true;
    else throw new KeygenError(`Invalid option "${option}"`);
  }
  return { hash, printsKey, time };
}

/** What an operation cannot do without. @throws {KeygenError} */
export function required(line: CommandLine, letter: string, what: string): string {
  const value = valueOf(line, letter);
  if (value === undefined || value === '')
    throw new KeygenError(`Too few arguments for ${valueOf(line, 'Y') ?? ''}: missing ${what}`, 1);
  return value;
}
