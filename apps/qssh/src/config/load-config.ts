// From a command line and files to the settings of one connection.
import { certificateAlgorithms } from '@orrery/keys';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname as localHostName, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  type AlgorithmList,
  type SpokenAlgorithms,
  assembleAlgorithms,
  knownAlgorithms,
} from './algorithm-lists.ts';
import { canonicalName } from './canonical-name.ts';
import { expandSettings } from './expand-settings.ts';
import { fillDefaults } from './print-config.ts';
import { settleHostKeyUpdates } from './host-key-updates.ts';
import { isJump } from './jump.ts';
import {
  type ConfigReader,
  type ConfigSource,
  type OptionSetting,
  ConfigError,
  readConfig,
  readOption,
} from './read-config.ts';
import { Settings } from './settings.ts';
import { type Tokens, expandTilde, expandTokens, makeTokens } from './tokens.ts';

/** What the command line says about the configuration. */
export interface ConfigRequest {
  /** As typed. */
  readonly host: string;
  /** In order: the first value counts. */
  readonly options: readonly OptionSetting[];
  /** Values that hold whatever else is said. */
  readonly overrides: ReadonlyMap<string, string>;
  /** Values that hold if nothing else is said. */
  readonly fallbacks: ReadonlyMap<string, string>;
  /** -F: this file alone; "none" is no file. */
  readonly file: string | undefined;
  readonly command: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly spoken: SpokenAlgorithms;
  /** Lines that mean nothing. */
  readonly remark: (text: string) => void;
  /** What people should know. */
  readonly warn: (text: string) => void;
}

/** What holds for a connection. */
export interface ClientConfig {
  readonly settings: Settings;
  /** As typed. */
  readonly originalHost: string;
  /** The name or address to connect to. */
  readonly host: string;
  readonly home: string;
  readonly tokens: Tokens;
  /** Whether the user wrote down which host keys to prefer. */
  readonly hasOwnKeyOrder: boolean;
  /** A file of known hosts for keys that other programs cannot read, beside the default ones; undefined if others are set. */
  readonly ownKnownHosts: string | undefined;
}

/** Reads and evaluates everything. @throws {ConfigError} */
export async function loadConfig(request: ConfigRequest): Promise<ClientConfig> {
  const local = localIdentity(request.environment);
  const settings = new Settings();
  let wantsFinal = false;
  const readerFor = (host: string, isFinalPass: boolean): ConfigReader => ({
    ...local,
    settings,
    originalHost: request.host,
    host,
    command: request.command,
    isFinalPass,
    wantFinalPass: () => (wantsFinal = true),
    run: (command) =>
      runMatchCommand(expandTokens(command, tokensOf(local, settings, request.host, host), 'CdhijkLlnpru')),
    spoken: request.spoken,
    remark: request.remark,
  });
  const first = readerFor(request.host, false);
  for (const [keyword, value] of request.overrides) settings.offer(keyword, [value]);
  for (const option of request.options)
    if (!isMissingIdentity(option, local.home, request.warn)) readOption(option, first);
  for (const source of sources(request.file, local.home)) readSource(source, first, request.file);
  // What names are made canonical by is settled now, for the final pass as well.
  for (const [keyword, value] of Object.entries(canonicalDefaults)) settings.offer(keyword, [value]);
  const named = hostName(request.host, settings);
  const host = await canonicalName(isIP(named) === 0 ? named.toLowerCase() : named, settings);
  if (wantsFinal || settings.get('canonicalizehostname') !== 'false') {
    settings.replace('hostname', [host]);
    const last = readerFor(host, true);
    for (const source of sources(request.file, local.home)) readSource(source, last, request.file);
  }
  return complete(request, local, settings, host);
}

const canonicalDefaults = {
  canonicalizehostname: 'false',
  canonicalizefallbacklocal: 'yes',
  canonicalizemaxdots: '1',
};

/** -i names a file that is there: with a typing error in it, the default keys still count. */
function isMissingIdentity(option: OptionSetting, home: string, warn: (text: string) => void): boolean {
  if (!('keyword' in option) || option.keyword !== 'identityfile') return false;
  if (existsSync(expandTilde(option.value, home))) return false;
  warn(`Warning: Identity file ${option.value} not accessible: No such file or directory.`);
  return true;
}

interface LocalIdentity {
  readonly home: string;
  readonly localUser: string;
  readonly localHost: string;
  readonly uid: number;
}

function localIdentity(environment: ConfigRequest['environment']): LocalIdentity {
  const { username, homedir, uid } = userInfo();
  return { home: environment['HOME'] ?? homedir, localUser: username, localHost: localHostName(), uid };
}

/** The user's files come first: for every option the first value counts. */
function sources(file: string | undefined, home: string): ConfigSource[] {
  if (file?.toLowerCase() === 'none') return [];
  const own = { isUser: true, folder: join(home, '.ssh') };
  if (file !== undefined) return [{ ...own, name: file, demandPrivate: false }];
  const qssh = join(home, '.qssh');
  return [
    { ...own, name: join(qssh, 'config'), folder: qssh, demandPrivate: true },
    { ...own, name: join(home, '.ssh', 'config'), demandPrivate: true },
    { name: '/etc/ssh/ssh_config', folder: '/etc/ssh', isUser: false, demandPrivate: false },
  ];
}

function readSource(source: ConfigSource, reader: ConfigReader, demanded: string | undefined): void {
  if (!readConfig(source, reader) && demanded !== undefined)
    throw new ConfigError(`Can't open user config file ${demanded}: No such file or directory`);
}

function hostName(typed: string, settings: Settings): string {
  const name = settings.get('hostname');
  return name === undefined ? typed : expandTokens(name, { h: typed }, 'h');
}

function tokensOf(local: LocalIdentity, settings: Settings, originalHost: string, host: string): Tokens {
  return makeTokens({
    ...local,
    originalHost,
    host: hostName(host, settings),
    port: settings.get('port') ?? '22',
    user: settings.get('user') ?? local.localUser,
    hostKeyAlias: settings.get('hostkeyalias'),
    jump: jumpHost(settings),
  });
}

function jumpHost(settings: Settings): string | undefined {
  const line = settings.get('proxyjump');
  return isJump(line) ? line.split(',').at(-1) : undefined;
}

/** Match exec: by the user's shell; its output does not count. */
function runMatchCommand(command: string): boolean {
  const shell = process.env['SHELL'] ?? '/bin/sh';
  return spawnSync(shell, ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

function complete(
  { host: originalHost, command, environment, spoken, fallbacks }: ConfigRequest,
  local: LocalIdentity,
  settings: Settings,
  host: string,
): ClientConfig {
  settings.replace('hostname', [host]);
  const knownHosts = ['known_hosts', 'known_hosts2'].map((name) => join(local.home, '.ssh', name));
  for (const [keyword, value] of fallbacks) settings.offer(keyword, [value]);
  fillDefaults(settings);
  settleHostKeyUpdates(settings, command);
  const ownKnownHosts = settings.has('userknownhostsfile')
    ? undefined
    : join(local.home, '.qssh', 'known_hosts');
  settings.offer('userknownhostsfile', knownHosts);
  const hasOwnKeyOrder = settings.has('hostkeyalgorithms');
  fillAlgorithms(settings, spoken);
  settings.offer('user', [local.localUser]);
  for (const keyword of withoutNone)
    if (settings.get(keyword)?.toLowerCase() === 'none') settings.delete(keyword);
  if (settings.isOn('clearallforwardings')) clearForwardings(settings);
  const withoutUser = tokensOf(local, settings, originalHost, host);
  settings.replace('user', [expandTokens(settings.get('user') ?? '', withoutUser, 'dhijkLlnpu')]);
  const tokens = tokensOf(local, settings, originalHost, host);
  const config = { settings, originalHost, host, home: local.home, tokens, hasOwnKeyOrder, ownKnownHosts };
  expandSettings(config, environment);
  return config;
}

function clearForwardings(settings: Settings): void {
  for (const keyword of ['localforward', 'remoteforward', 'dynamicforward']) settings.delete(keyword);
  settings.replace('tunnel', ['false']);
}

/** For these, `none` is as if nobody had set them. */
const withoutNone = [
  'controlpath',
  'knownhostscommand',
  'pkcs11provider',
  'proxycommand',
  'proxyjump',
  'remotecommand',
];

const algorithmOptions: Readonly<Record<string, AlgorithmList>> = {
  ciphers: 'ciphers',
  macs: 'macs',
  kexalgorithms: 'kex',
  hostkeyalgorithms: 'keys',
  hostbasedacceptedalgorithms: 'keys',
  pubkeyacceptedalgorithms: 'keys',
  casignaturealgorithms: 'keys',
};

function fillAlgorithms(settings: Settings, spoken: SpokenAlgorithms): void {
  for (const [keyword, kind] of Object.entries(algorithmOptions)) {
    const known = knownAlgorithms(kind, spoken);
    const isUser = kind === 'keys' && keyword !== 'hostkeyalgorithms';
    const plain = isUser ? spoken.userKeys : spoken[kind];
    const defaults = keyword === 'pubkeyacceptedalgorithms' ? [...certificateAlgorithms, ...plain] : plain;
    const list = assembleAlgorithms(settings.get(keyword), defaults, known);
    settings.replace(keyword, [list.join(',')]);
  }
}
