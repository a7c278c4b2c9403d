import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A file that a command of an attacker would make. */
export class Marker {
  readonly path: string;

  constructor(folder: string, name = 'ran') {
    this.path = join(folder, name);
  }

  /** A command without quotes that leaves the mark. */
  get command(): string {
    return `touch ${this.path}`;
  }

  /** Whether the command has run since this was asked last. */
  take(): boolean {
    const ran = existsSync(this.path);
    rmSync(this.path, { force: true });
    return ran;
  }
}

/** Lets OpenSSH connect with this config; nothing listens where it goes, and what it says does not matter. */
export function connect(config: string, host: string, home: string): Promise<void> {
  const quick = ['-oBatchMode=yes', '-oConnectTimeout=1', '-oConnectionAttempts=1'];
  return new Promise((resolve) => {
    execFile('ssh', ['-F', config, ...quick, host, 'true'], { env: { ...process.env, HOME: home } }, () =>
      resolve(),
    );
  });
}
