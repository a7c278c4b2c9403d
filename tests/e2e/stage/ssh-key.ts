import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Machine } from '../../attack/stage/machine.ts';

/** Makes a key without a passphrase in ~/.ssh, by the real ssh-keygen. Returns the line of its public key. */
export function makeKey(machine: Machine, name: string): string {
  const path = join(machine.ssh, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  return machine.read(`${name}.pub`);
}
