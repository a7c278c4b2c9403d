import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writer, utf8 } from '@orrery/bytes';

/** Type and base64 of an Ed25519 host key that is different for every number. */
export function key(number: number): string {
  const bytes = new Uint8Array(32).fill(7);
  new DataView(bytes.buffer).setUint32(0, number);
  return `ssh-ed25519 ${new Writer().text('ssh-ed25519').string(bytes).finish().toBase64()}`;
}

/** The same for an RSA key of 1024 bits. */
export function rsaKey(number: number): string {
  const n = (1n << 1023n) + BigInt(number) * 2n + 1n;
  return `ssh-rsa ${new Writer().text('ssh-rsa').mpint(65_537n).mpint(n).finish().toBase64()}`;
}

/** A name as `ssh-keygen -H` writes it, with a salt of one repeated byte. */
export function hashed(name: string, salt = 1): string {
  const bytes = new Uint8Array(20).fill(salt);
  return `|1|${bytes.toBase64()}|${createHmac('sha1', bytes).update(name).digest('base64')}`;
}

/** A file of these lines. */
export function file(...lines: readonly string[]): Uint8Array {
  return utf8(lines.map((line) => `${line}\n`).join(''));
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A known_hosts file in a temporary folder, and OpenSSH's view of it. */
export class OpensshFile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'known-hosts-test-'));
  readonly #path = join(this.#folder, 'known_hosts');

  write(bytes: Uint8Array): void {
    writeFileSync(this.#path, bytes);
  }

  /** Numbers and marks of the lines with a readable key that give ssh a key for a host, such as `3` or `4 REVOKED`. */
  find(host: string): string[] {
    const found = this.#run('-F', host, '-l').matchAll(/^# Host .* found: line (.*)$/gm);
    return [...found].map(([, line = '']) => line.trim());
  }

  /** The content after `ssh-keygen -H` has hashed it. */
  hash(): Uint8Array {
    this.#run('-H');
    return new Uint8Array(readFileSync(this.#path));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #run(...args: readonly string[]): string {
    try {
      return execFileSync('ssh-keygen', [...args, '-f', this.#path], { encoding: 'latin1', stdio: 'pipe' });
    } catch (error) {
      // ssh-keygen -F says "not found" by its exit status.
      if (error instanceof Error && 'status' in error && error.status === 1 && args[0] === '-F') return '';
      throw error;
    }
  }
}
