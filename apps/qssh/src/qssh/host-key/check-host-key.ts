// Whether the host may have the key that it proved to have: StrictHostKeyChecking and its kin (ssh_config(5)).
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parsePublicKeyBlob, parsePublicKeyLine } from '@orrery/keys';
import type { HostKey } from '@orrery/ssh';
import type { ClientConfig } from '../../config/load-config.ts';
import { failureText, reasonOf } from '../../copy/reason.ts';
import type { Asker } from '../ask.ts';
import { LoginError } from '../failure.ts';
import type { Log } from '../log.ts';
import { addKnownHost } from './add-known-host.ts';
import { type HostNames, hostNames } from './host-names.ts';
import { keyWord, shownFingerprint } from './key-words.ts';
import { askWhetherToTrust, otherNames, warnOfChange } from './key-questions.ts';
import { type KnownKey, type Standing, standingOf } from './known-keys.ts';
import { knownByCommand } from './known-hosts-command.ts';
import { fileFor, isNewType } from './user-files.ts';

export interface HostKeyCheck {
  readonly config: ClientConfig;
  readonly log: Log;
  readonly ask: Asker;
  readonly known: readonly KnownKey[];
  /** The server's address; undefined behind a proxy. */
  readonly address: string | undefined;
}

/** What a key that passed means for the rest of the login. */
export interface Verdict {
  /** Secrets that could be used again elsewhere may be sent. */
  readonly mayGivePasswords: boolean;
  /** The entry by which it is known, which UpdateHostKeys needs. */
  readonly knownBy: KnownKey | undefined;
}

interface Case extends HostKeyCheck {
  readonly names: HostNames;
  readonly type: string;
  readonly blob: Uint8Array;
  /** In base64. */
  readonly key: string;
}

const failed = 'Host key verification failed.';

/** @throws {LoginError} if the key is not accepted. */
export async function checkHostKey(hostKey: HostKey, check: HostKeyCheck): Promise<Verdict> {
  const { type, bits = 0 } = parsePublicKeyBlob(hostKey.publicKey);
  const required = check.config.settings.number('requiredrsasize') ?? 0;
  if (type === 'ssh-rsa' && bits < required)
    throw new LoginError(`Bad server host key: it has ${bits} bits, ${required} are required`);
  const names = hostNames(check.config);
  const blob = hostKey.publicKey;
  const known = [...check.known, ...knownByCommand(check.config, names.name, type, blob, 'HOSTNAME')];
  const found: Case = { ...check, known, names, type, blob, key: blob.toBase64() };
  const { settings } = check.config;
  check.log.debug(
    `Server host key: ${hostKey.algorithm} ${shownFingerprint(blob, settings.get('fingerprinthash'))}`,
  );
  demandNotRevoked(found);
  if (settings.isOn('nohostauthenticationforlocalhost') && isLoopback(check.address)) {
    check.log.debug('Forcing accepting of host key for loopback/localhost.');
    return { mayGivePasswords: true, knownBy: undefined };
  }
  const standing = standingOf(known, names.name, type, found.key);
  return judge(standing, found);
}

async function judge(standing: Standing, found: Case): Promise<Verdict> {
  const { log, names, type } = found;
  switch (standing.kind) {
    case 'known':
      log.debug(`Host '${names.name}' is known and matches the ${keyWord(type)} host key.`);
      log.debug(`Found key in ${standing.by.file}:${standing.by.line}`);
      return { mayGivePasswords: true, knownBy: standing.by };
    case 'revoked':
      log.error(
        `WARNING: REVOKED HOST KEY DETECTED! The ${keyWord(type)} host key for ${names.name} is revoked:`,
      );
      log.error(
        `${standing.by.file}:${standing.by.line}. Somebody may have stolen it and stand in for the host.`,
      );
      throw new LoginError(failed);
    case 'changed':
      return judgeChanged(standing.known, found);
    case 'new':
      return judgeNew(standing.others, found);
  }
}

async function judgeNew(others: readonly KnownKey[], found: Case): Promise<Verdict> {
  const { config, log, names, type, known, key, ask, blob } = found;
  const strict = config.settings.get('stricthostkeychecking');
  if (names.withoutPort !== undefined && strict !== 'accept-new') {
    const plain = standingOf(known, names.withoutPort, type, key);
    if (plain.kind === 'known') {
      log.debug('found matching key w/out port');
      return { mayGivePasswords: true, knownBy: undefined };
    }
  }
  if (strict === 'true') {
    log.error(
      `No ${keyWord(type)} host key is known for ${names.name} and you have requested strict checking.`,
    );
    throw new LoginError(failed);
  }
  if (strict === 'ask') {
    const isTrusted = await askWhetherToTrust({
      ask,
      host: config.originalHost,
      name: names.name,
      address: found.address,
      word: keyWord(type),
      fingerprint: shownFingerprint(blob, config.settings.get('fingerprinthash')),
      otherTypes: others,
      otherNames: otherNames(known, key),
    });
    if (!isTrusted) throw new LoginError(failed);
  }
  record(found);
  return { mayGivePasswords: true, knownBy: undefined };
}

/** A key that was accepted is kept; that it cannot be kept is no reason to refuse it. */
function record({ config, log, names, type, key }: Case): void {
  const file = fileFor(type, config);
  if (file === undefined) return;
  try {
    addKnownHost(file, { name: names.name, type, key, isHashed: config.settings.isOn('hashknownhosts') });
    log.info(`Warning: Permanently added '${names.name}' (${keyWord(type)}) to the list of known hosts.`);
  } catch (cause) {
    log.info(`Failed to add the host to the list of known hosts: ${failureText(cause)}`);
  }
}

function judgeChanged(known: readonly KnownKey[], found: Case): Verdict {
  const { config, log, names, type, blob } = found;
  const { settings } = config;
  warnOfChange(log, {
    name: names.name,
    word: keyWord(type),
    fingerprint: shownFingerprint(blob, settings.get('fingerprinthash')),
    userFile: fileFor(type, config),
    known,
    needsEditor: (file) => found.known.some((key) => key.file === file && isNewType(key.entry.keyType)),
  });
  if (settings.get('stricthostkeychecking') !== 'false') {
    log.error(`Host key for ${names.name} has changed and you have requested strict checking.`);
    throw new LoginError(failed);
  }
  log.error('Passwords are not sent to this host, because somebody else may listen.');
  return { mayGivePasswords: false, knownBy: undefined };
}

/** RevokedHostKeys: public keys in lines. What cannot be read revokes everything. */
function demandNotRevoked({ config, log, blob, type }: Case): void {
  const file = config.settings.get('revokedhostkeys');
  if (file === undefined || file === 'none') return;
  let revoked: readonly string[];
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    revoked = lines
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => parsePublicKeyLine(line).blob.toBase64());
  } catch (cause) {
    log.error(`Error checking host key ${keyWord(type)} in revoked keys file ${file}: ${reasonOf(cause)}`);
    throw new LoginError(failed, { cause });
  }
  if (!revoked.includes(blob.toBase64())) return;
  log.error(`Host key ${keyWord(type)} ${shownFingerprint(blob, undefined)} revoked by file ${file}`);
  throw new LoginError(failed);
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined || isIP(address) === 0) return false;
  return address === '::1' || address.startsWith('127.');
}
