// The configuration that the command line names.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SshdConfig } from '../sshd-config/parse.ts';
import { readSshdConfig } from '../sshd-config/read-file.ts';
import type { Flags } from './flags.ts';
import { serverFolder } from './server-folder.ts';

/** qsshd's own file, then the one that it shares with sshd. Without root there is only the user's: ports and keys of the system are not for it. */
const names = ['qsshd_config', ...(process.getuid?.() === 0 ? ['sshd_config'] : [])];

/** What a server without any file does besides the defaults. */
const USUAL = ['Subsystem sftp internal-sftp'];

/** @throws {ConfigError} */
export function loadConfig(flags: Flags): SshdConfig {
  const file =
    flags.config ?? names.map((name) => join(serverFolder(), name)).find((path) => existsSync(path));
  const options = [
    ...flags.options,
    ...flags.ports.map((port) => `Port ${port}`),
    ...flags.hostKeys.map((key) => `HostKey "${key}"`),
    ...(flags.family === undefined ? [] : [`AddressFamily ${flags.family}`]),
    ...(flags.isDebug ? ['LogLevel DEBUG'] : []),
    ...(file === undefined ? USUAL : []),
  ];
  return readSshdConfig(file === 'none' ? undefined : file, options);
}
