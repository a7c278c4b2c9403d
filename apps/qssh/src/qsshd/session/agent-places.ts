// Where the socket of a forwarded agent is. As OpenSSH does from 10.1 on, in the home: programs that are shut out of there,
// but have /tmp as everybody does, do not get at the keys. Only where there is no such home it is in /tmp.
import { hash, randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** Longest path of a socket, in bytes (unix(7)). */
const MAX_PATH = 107;

/** How old a socket is at least, in milliseconds, before it may be taken for one that was left behind. */
const STALE_AFTER = 60_000;

export interface Place {
  /** Where the socket is to be. */
  readonly path: string;
  /** Takes the socket away. */
  remove(): void;
}

/** The places, best first; each makes its folders and throws what the system says. */
export function placesFor(home: string): readonly (() => Place)[] {
  return [() => placeAtHome(home), placeForAll];
}

/** In `~/.ssh/agent`, which is the user's alone. */
function placeAtHome(home: string): Place {
  const folder = join(home, '.ssh', 'agent');
  for (const each of [dirname(folder), folder]) makeFolder(each);
  const { uid, mode } = lstatSync(folder);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new Error(`Cannot use "${folder}": it is not the user's alone`);
  sweep(folder);
  const path = join(folder, `${prefix()}${randomBytes(12).toString('base64url')}`);
  if (Buffer.byteLength(path) > MAX_PATH)
    throw new RangeError(`Cannot use "${path}": more than ${MAX_PATH} bytes`);
  return { path, remove: () => rmSync(path, { force: true }) };
}

/** In a folder of its own, as OpenSSH had it before. */
function placeForAll(): Place {
  const folder = mkdtempSync('/tmp/ssh-');
  return {
    path: join(folder, `agent.${process.pid}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Names the machine, for a home may be on several. */
function prefix(): string {
  return `s.${hash('sha256', hostname()).slice(0, 10)}.qsshd.`;
}

/** Removes sockets of this machine at which nobody listens any more: their processes were killed. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder).filter((found) => found.startsWith(prefix()))) {
    const path = join(folder, name);
    if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < STALE_AFTER) continue;
    const socket = connect(path);
    socket.once('connect', () => socket.destroy());
    socket.once('error', (error) => {
      if ('code' in error && error.code === 'ECONNREFUSED') rmSync(path, { force: true });
    });
  }
}
