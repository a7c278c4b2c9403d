// The configuration that the command line names.
import { existsSync } from 'node:fs';
import type { SshdConfig } from '../sshd-config/parse.ts';
import { readSshdConfig } from '../sshd-config/read-file.ts';
import type { Flags } from './flags.ts';

/** qsshd's own file, then the one that it shares with sshd. */
const files = ['/etc/ssh/qsshd_config', '/etc/ssh/sshd_config'];

/** @throws {ConfigError} */
export function loadConfig(flags: Flags): SshdConfig {
  const file = flags.config ?? files.find((name) => existsSync(name));
  const options = [
    ...flags.options,
    ...flags.ports.map((port) => `Port ${port}`),
    ...flags.hostKeys.map((key) => `HostKey "${key}"`),
    ...(flags.family === undefined ? [] : [`AddressFamily ${flags.family}`]),
    ...(flags.isDebug ? ['LogLevel DEBUG'] : []),
  ];
  return readSshdConfig(file === 'none' ? undefined : file, options);
}
