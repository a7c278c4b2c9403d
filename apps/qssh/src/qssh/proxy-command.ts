import { spawn } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import type { ClientConfig } from '../config/load-config.ts';
import { commonTokens, expandTokens } from '../config/tokens.ts';
import type { Log } from './log.ts';

/**
 * Runs ProxyCommand: the server is behind its standard input and output. The shell gives way to the command, so that
 * ending the process ends the command.
 */
export function openProxy(command: string, { tokens }: ClientConfig, log: Log): Duplex {
  const line = `exec ${expandTokens(command, tokens, commonTokens)}`;
  log.debug(`Executing proxy command: ${line}`);
  const shell = process.env['SHELL'] ?? '/bin/sh';
  const child = spawn(shell, ['-c', line], { stdio: ['pipe', 'pipe', 'inherit'] });
  const stream = new Pipes(child.stdout, child.stdin);
  child.once('error', (cause) => stream.destroy(cause));
  stream.once('close', () => child.kill('SIGHUP'));
  return stream;
}

/** Two pipes as one stream. */
class Pipes extends Duplex {
  readonly #from: Readable;
  readonly #to: Writable;

  constructor(from: Readable, to: Writable) {
    super();
    this.#from = from;
    this.#to = to;
    from.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) from.pause();
    });
    from.once('end', () => this.push(null));
    // A command that has ended hears nothing more; what it said last still counts.
    to.on('error', () => undefined);
    from.once('error', (cause) => this.destroy(cause));
  }

  override _read(): void {
    this.#from.resume();
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, done: () => void): void {
    this.#to.write(chunk, () => done());
  }

  override _writev(chunks: { readonly chunk: Uint8Array }[], done: () => void): void {
    this.#to.cork();
    for (const { chunk } of chunks.slice(0, -1)) this.#to.write(chunk);
    this.#to.write(chunks.at(-1)?.chunk ?? new Uint8Array(), () => done());
    this.#to.uncork();
  }

  override _final(done: () => void): void {
    this.#to.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#from.destroy();
    this.#to.destroy();
    done(error);
  }
}
