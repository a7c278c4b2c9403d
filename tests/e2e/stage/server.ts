import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../../bin/ssh-sync-server');

/** A real server in a process of its own, that clients reach by its own address. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** Stops it as an operator would; it must end in order. */
  stop(): Promise<void>;
}

/** @param port 0: a free one. */
export async function startServer(
  database: string,
  flags: readonly string[] = [],
  port = 0,
): Promise<Server> {
  const words = ['--listen', `127.0.0.1:${port}`, '--database', `sqlite:${database}`, '--log-level', 'warn'];
  const child = spawn(process.execPath, [program, ...words, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url,
      port: Number(new URL(url).port),
      async stop() {
        child.kill('SIGTERM');
        const code = await ended;
        if (code !== 0) throw new Error(`The server ended with ${code}, 0 expected`);
      },
    };
  }
  throw new Error('Cannot start the server: it ended before it listened');
}
