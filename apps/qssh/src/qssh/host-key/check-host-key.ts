// Whether the host may have the key that it proved to have: StrictHostKeyChecking and its kin (ssh_config(5)).
import { readFileSync } from 'node:fs';
import { FormatError } from '@orrery/bytes';
import { isIP } from 'node:net';
import {
  type Certificate,
  isRevoked,
  parseCertificate,
  parsePublicKeyBlob,
  parseRevokedKeys,
} from '@orrery/keys';
import type { HostKey } from '@orrery/ssh';
import type { ClientConfig } from '../../config/load-config.ts';
import { failureText, reasonOf } from '../../copy/reason.ts';
import type { Asker } from '../ask.ts';
import { LoginError } from '../failure.ts';
import type { Log } from '../log.ts';
import { addKnownHost } from './add-known-host.ts';
import { authoritiesFor, certificateProblem } from './host-certificate.ts';
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
  const shown = hostKey.publicKey;
  const { type: shownType, bits = 0, certifiedKey } = parsePublicKeyBlob(shown);
  const required = check.config.settings.number('requiredrsasize') ?? 0;
  if (shownType.startsWith('ssh-rsa') && bits < required)
    throw new LoginError(`Bad server host key: it has ${bits} bits, ${required} are required`);
  const names = hostNames(check.config);
  const known = [...check.known, ...knownByCommand(check.config, names.name, shownType, shown, 'HOSTNAME')];
  const certificate = certifiedKey === undefined ? undefined : readCertificate(shown);
  const blob = certificate?.key ?? shown;
  const { type } = parsePublicKeyBlob(blob);
  const found: Case = { ...check, known, names, type, blob, key: blob.toBase64() };
  const { settings } = check.config;
  check.log.debug(
    `Server host key: ${hostKey.algorithm} ${shownFingerprint(blob, settings.get('fingerprinthash'))}`,
  );
  demandNotRevoked(found, shown);
  if (settings.isOn('nohostauthenticationforlocalhost') && isLoopback(check.address)) {
    check.log.debug('Forcing accepting of host key for loopback/localhost.');
    return { mayGivePasswords: true, knownBy: undefined };
  }
  // A certificate of nobody who may speak for the host says nothing: its key may be known.
  const certified = certificate && (await judgeCertificate(certificate, found));
  return certified ?? judge(standingOf(known, names.name, type, found.key), found);
}

function readCertificate(blob: Uint8Array): Certificate {
  try {
    return parseCertificate(blob);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new LoginError(`${failed} ${cause.message}`, { cause });
  }
}

/** Undefined if its CA is not known for the host. @throws {LoginError} */
async function judgeCertificate(certificate: Certificate, found: Case): Promise<Verdict | undefined> {
  const { config, known, log, names, type } = found;
  // CAs for the host without its port count, so what is revoked for it counts, too.
  for (const name of [names.name, names.withoutPort])
    for (const key of [certificate.caKey, certificate.key]) {
      const standing = standingOf(known, name ?? names.name, type, key.toBase64());
      if (standing.kind === 'revoked') return judge(standing, found);
    }
  const ca = certificate.caKey.toBase64();
  const by = authoritiesFor(config, known).find(({ entry }) => entry.key === ca);
  if (by === undefined) {
    log.debug('No matching CA found. Retry with plain key');
    return undefined;
  }
  const problem = certificateProblem(certificate, config);
  if (problem !== undefined) {
    log.error(problem);
    throw new LoginError(failed);
  }
  log.debug(`Host '${names.name}' is known and matches the ${keyWord(type)}-CERT host certificate.`);
  log.debug(`Found CA key in ${by.file}:${by.line}`);
  return { mayGivePasswords: true, knownBy: undefined };
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
  if (settings.get('forwardagent') !== 'no') log.error('Nor is the agent forwarded to it.');
  settings.replace('forwardagent', ['no']);
  return { mayGivePasswords: false, knownBy: undefined };
}

/** RevokedHostKeys: a list of ssh-keygen -k, or public keys in lines. What cannot be read revokes everything. */
function demandNotRevoked({ config, log, type }: Case, shown: Uint8Array): void {
  const file = config.settings.get('revokedhostkeys');
  if (file === undefined || file === 'none') return;
  try {
    if (!isRevoked(parseRevokedKeys(readFileSync(file)), shown)) return;
  } catch (cause) {
    log.error(`Error checking host key ${keyWord(type)} in revoked keys file ${file}: ${reasonOf(cause)}`);
    throw new LoginError(failed, { cause });
  }
  log.error(`Host key ${keyWord(type)} ${shownFingerprint(shown, undefined)} revoked by file ${file}`);
  throw new LoginError(failed);
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined || isIP(address) === 0) return false;
  return address === '::1' || address.startsWith('127.');
}
