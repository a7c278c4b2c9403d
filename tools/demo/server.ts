import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../bin/ssh-sync-server');

export interface DemoServer {
  readonly url: string;
  /** Stops it as an operator would, and demands that it ends in order. */
  stop(): Promise<void>;
}

/** A real server on a free loopback port, with a database file in `folder`. */
export async function startServer(folder: string): Promise<DemoServer> {
  const words = ['--listen', '127.0.0.1:0', '--database', `sqlite:${join(folder, 'server.sqlite')}`];
  const child = spawn(program, [...words, '--log-level', 'warn'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('exit', resolve).on('error', reject),
  );
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    return {
      url,
      async stop() {
        child.kill('SIGTERM');
        const code = await ended;
        if (code !== 0) throw new Error(`Cannot stop the server: it ended with ${code}, 0 expected`);
      },
    };
  }
  throw new Error('Cannot start the server: it ended without saying where it listens');
}
