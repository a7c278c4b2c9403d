// Where the configuration is read from.
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reasonOf } from '../copy/reason.ts';
import { ConfigError, parseSshdConfig, type ConfigFile, type SshdConfig } from './parse.ts';

/** Where patterns of Include lines begin that are not absolute. */
const FOLDER = '/etc/ssh';

/**
 * Reads a configuration file, or only lines of the command line if there is none.
 * @param options Lines of the command line, which go before the file.
 * @throws {ConfigError} naming every line that cannot be used, or the file that cannot be read.
 */
export function readSshdConfig(file: string | undefined, options: readonly string[]): SshdConfig {
  const bytes = file === undefined ? new Uint8Array() : read(file);
  return parseSshdConfig({ name: file ?? 'none', bytes }, options, findFiles);
}

function findFiles(pattern: string): ConfigFile[] {
  return globSync(resolve(FOLDER, pattern))
    .toSorted()
    .map((name) => ({ name, bytes: read(name) }));
}

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new ConfigError([`Cannot read configuration "${file}": ${reasonOf(cause)}`]);
  }
}
