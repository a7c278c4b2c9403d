// The configuration that the command line names.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Item, SshdConfig } from '../sshd-config/parse.ts';
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
    ...flags.hostKeys.map((key) => `HostKey "${key}"`),
    ...flags.hostCertificates.map((certificate) => `HostCertificate "${certificate}"`),
    ...(flags.family === undefined ? [] : [`AddressFamily ${flags.family}`]),
    ...(flags.isDebug ? ['LogLevel DEBUG'] : []),
    ...(file === undefined ? USUAL : []),
  ];
  const config = readSshdConfig(file === 'none' ? undefined : file, options);
  if (flags.ports.length === 0) return config;
  const ports = readSshdConfig(
    undefined,
    flags.ports.map((port) => `Port ${port}`),
  );
  return { ...config, items: [...ports.items, ...withoutPorts(config.items)] };
}

/** Those of the command line are in the place of all others. */
function withoutPorts(items: readonly Item[]): Item[] {
  return items
    .filter((item) => item.kind !== 'setting' || item.key !== 'port')
    .map((item) => (item.kind === 'include' ? { ...item, files: item.files.map(withoutPorts) } : item));
}
