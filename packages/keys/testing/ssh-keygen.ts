import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder for the files of one test file, and OpenSSH's ssh-keygen at work in it. */
export class KeyFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'keys-test-'));

  run(...args: readonly string[]): string {
    return execFileSync('ssh-keygen', args, { cwd: this.path, encoding: 'utf8', stdio: 'pipe' });
  }

  /** The same for what may fail. */
  try(...args: readonly string[]): { status: number | null; stdout: string } {
    return this.tryWith(new Uint8Array(), ...args);
  }

  /** The same for what may fail, with something on standard input. */
  tryWith(input: Uint8Array, ...args: readonly string[]): { status: number | null; stdout: string } {
    return spawnSync('ssh-keygen', args, { cwd: this.path, encoding: 'utf8', input });
  }

  /** With something on standard input. */
  feed(input: Uint8Array, ...args: readonly string[]): string {
    return execFileSync('ssh-keygen', args, { cwd: this.path, encoding: 'utf8', stdio: 'pipe', input });
  }

  /** Makes a key pair in `name` and `name.pub`. */
  generate(name: string, type: string, ...options: readonly string[]): void {
    const passphrase = options.includes('-N') ? [] : ['-N', ''];
    this.run('-q', '-t', type, '-C', `${name} comment`, ...passphrase, '-f', name, ...options);
  }

  /** Makes a key of each type that everybody has, and gives their names. */
  generateEach(): readonly string[] {
    this.generate('ed25519', 'ed25519');
    for (const bits of ['256', '384', '521']) this.generate(`p${bits}`, 'ecdsa', '-b', bits);
    this.generate('rsa', 'rsa', '-b', '2048');
    return ['ed25519', 'p256', 'p384', 'p521', 'rsa'];
  }

  read(name: string): Uint8Array {
    return new Uint8Array(readFileSync(join(this.path, name)));
  }

  text(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  /** The words of `ssh-keygen -l`: bits, fingerprint, comment and type in parentheses. */
  list(
    name: string,
    hash: 'sha256' | 'md5' = 'sha256',
  ): { bits: number; fingerprint: string; comment: string } {
    const [, bits, fingerprint = '', comment = ''] =
      /^(\d+) (\S+) (.*) \([^)]*\)\n$/.exec(this.run('-l', '-E', hash, '-f', name)) ?? [];
    return { bits: Number(bits), fingerprint, comment };
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
