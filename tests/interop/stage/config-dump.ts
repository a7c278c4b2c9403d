// The same question to both programs: what do these settings mean for this host?
import { spawnSync } from 'node:child_process';
import { printSettings } from '../../../apps/qssh/src/config/print-config.ts';
import { readCommandLine } from '../../../apps/qssh/src/qssh/command-line.ts';
import { configOf } from '../../../apps/qssh/src/qssh/host-config.ts';
import { createLog } from '../../../apps/qssh/src/qssh/log.ts';

/** Lines of -G; undefined: the settings were refused. */
export type Dump = readonly string[] | undefined;

/** Options that OpenSSH 9.2 does not have or prints wrongly, and lists whose defaults are each program's own. */
const own = [
  'warnweakcrypto',
  'obscurekeystroketiming',
  'requirepq',
  'pqalgorithm',
  'channeltimeout',
  'tag',
  'gssapikexalgorithms',
  'logverbose',
  'versionaddendum',
  'dynamicforward',
];
const lists = [
  'ciphers',
  'macs',
  'kexalgorithms',
  'hostkeyalgorithms',
  'casignaturealgorithms',
  'hostbasedacceptedalgorithms',
  'pubkeyacceptedalgorithms',
];

export function opensshDump(words: readonly string[]): Dump {
  const { status, stdout } = spawnSync('ssh', ['-G', ...words], { encoding: 'utf8' });
  return status === 0 ? stdout.trimEnd().split('\n') : undefined;
}

export async function qsshDump(words: readonly string[]): Promise<Dump> {
  try {
    const line = readCommandLine(['-G', ...words]);
    const config = await configOf(
      line,
      line.host ?? '',
      createLog(undefined, () => undefined),
    );
    return printSettings(config.originalHost, config.settings);
  } catch (error) {
    if (error instanceof Error && /^(?:ConfigError|OptionError|UnsafeConfigError)$/.test(error.name))
      return undefined;
    throw error;
  }
}

/** What both programs must agree on. @param names Keywords of lists that the settings give in full. */
export function comparable(dump: Dump, names: readonly string[] = []): readonly string[] | 'refused' {
  if (dump === undefined) return 'refused';
  return dump.filter((line) => {
    const [keyword = ''] = line.split(' ', 1);
    if (lists.includes(keyword)) return names.includes(keyword);
    return !own.includes(keyword) && !ownIdentity.test(line);
  });
}

/** Default identities that only one of the programs has. */
const ownIdentity = /^identityfile ~\/\.ssh\/id_(?:xmss|dsa|mldsa44_ed25519)$/;
