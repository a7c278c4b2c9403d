import { join } from 'node:path';
import type { Machine } from '../../attack/stage/machine.ts';
import { startServer, type Server } from './server.ts';
import type { Stage } from './stage.ts';

let count = 0;

/** A path for a database that no other test has. */
export function newDatabase({ folder }: Stage): string {
  return join(folder, `own-${++count}.sqlite`);
}

/** Does something with a server of its own, which is stopped whatever happens. @param port 0: a free one. */
export async function withServer(
  database: string,
  flags: readonly string[],
  action: (server: Server) => Promise<void>,
  port = 0,
): Promise<void> {
  const server = await startServer(database, flags, port);
  try {
    await action(server);
  } finally {
    await server.stop();
  }
}

/** The words that found account "alice" there. */
export function setupAt(url: string, machine: Machine): readonly string[] {
  return ['setup', '--server', url, '--username', 'alice', '--machine', machine.name];
}
