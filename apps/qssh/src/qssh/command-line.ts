// What ssh(1) takes on its command line, and the habits of the ancestor beside it.
import type { OptionSetting } from '../config/read-config.ts';
import { isSafeHost, isSafeUser } from '../config/names.ts';
import { parsePort } from '../config/values.ts';
import { readDestination } from './destination.ts';
import { type FoundOption, type OptionLetters, OptionError, readOptions } from './getopt.ts';

const letters: OptionLetters = {
  letters: '1246AB:CD:E:F:GI:J:KL:MNO:PQ:R:S:TVW:XYab:c:e:fgi:kl:m:no:p:qstvw:xy',
  long: ['trace'],
};

/** A command line that was understood. */
export interface CommandLine {
  /** Undefined if there is none, which only -Q and -V allow. */
  readonly host: string | undefined;
  readonly command: string;
  /** Settings in order: what comes first counts. */
  readonly settings: readonly OptionSetting[];
  /** Settings that hold whatever was said before. */
  readonly overrides: ReadonlyMap<string, string>;
  /** Settings that hold if nothing else is said. */
  readonly fallbacks: ReadonlyMap<string, string>;
  readonly configFile: string | undefined;
  readonly logFile: string | undefined;
  readonly traceFile: string | undefined;
  readonly query: string | undefined;
  readonly isVersion: boolean;
  readonly isDump: boolean;
  readonly isPasswordLogin: boolean;
  readonly useSyslog: boolean;
  /** Letters of what does not exist yet. */
  readonly missing: readonly string[];
}

/** Options that stand for a setting of ssh_config with the value behind them. */
const withValue: Readonly<Record<string, string>> = {
  B: 'bindinterface',
  D: 'dynamicforward',
  I: 'pkcs11provider',
  J: 'proxyjump',
  L: 'localforward',
  R: 'remoteforward',
  S: 'controlpath',
  b: 'bindaddress',
  c: 'ciphers',
  e: 'escapechar',
  i: 'identityfile',
  l: 'user',
  m: 'macs',
  p: 'port',
  w: 'tunneldevice',
};

/** Options that are a setting: these replace what was said before. */
const fixed: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  4: [['addressfamily', 'inet']],
  6: [['addressfamily', 'inet6']],
  A: [['forwardagent', 'yes']],
  C: [['compression', 'yes']],
  G: [],
  K: [
    ['gssapiauthentication', 'yes'],
    ['gssapidelegatecredentials', 'yes'],
  ],
  M: [['controlmaster', 'true']],
  N: [
    ['sessiontype', 'none'],
    ['requesttty', 'false'],
  ],
  T: [['requesttty', 'false']],
  X: [['forwardx11', 'yes']],
  Y: [
    ['forwardx11', 'yes'],
    ['forwardx11trusted', 'yes'],
  ],
  a: [['forwardagent', 'no']],
  f: [
    ['forkafterauthentication', 'yes'],
    ['stdinnull', 'yes'],
  ],
  W: [
    ['sessiontype', 'none'],
    ['requesttty', 'false'],
  ],
  g: [['gatewayports', 'yes']],
  k: [['gssapidelegatecredentials', 'no']],
  n: [['stdinnull', 'yes']],
  q: [['loglevel', 'QUIET']],
  s: [['sessiontype', 'subsystem']],
  x: [['forwardx11', 'no']],
};

/** With -W, the connection is nothing but a line to another host. */
const standardStreams: ReadonlyMap<string, string> = new Map([
  ['exitonforwardfailure', 'yes'],
  ['clearallforwardings', 'yes'],
]);

const verbosity = ['DEBUG', 'DEBUG2', 'DEBUG3'];

/** @throws {OptionError} */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const state = new State();
  const before = readOptions(argv, letters);
  for (const option of before.found) state.take(option);
  const [typed, ...behind] = before.rest;
  if (typed === undefined) return state.finish(undefined, []);
  const host = state.destination(typed);
  if (before.sawEnd) return state.finish(host, behind);
  const after = readOptions(behind, letters);
  for (const option of after.found) {
    // The ancestor's habit. Before the destination -c is about ciphers.
    if (option.name === 'c') state.command = option.value;
    else state.take(option);
  }
  return state.finish(host, after.rest);
}

class State {
  command: string | undefined;
  readonly #settings: OptionSetting[] = [];
  readonly #overrides = new Map<string, string>();
  readonly #seen = new Map<string, string>();
  readonly #missing: string[] = [];

  take({ name, value }: FoundOption): void {
    const keyword = withValue[name];
    const settings = fixed[name];
    if (name === 'l') this.#demandUser(value);
    if (name === 'p') this.#demandPort(value);
    if (name === 'o') this.#settings.push({ text: value });
    else if (keyword !== undefined) this.#settings.push({ keyword, value });
    else if (settings !== undefined) for (const [key, text] of settings) this.#overrides.set(key, text);
    if (name === 't') this.#overrides.set('requesttty', this.#seen.has('t') ? 'force' : 'true');
    if (name === 'v') this.#overrides.set('loglevel', this.#louder());
    if ('OW'.includes(name)) this.#missing.push(name);
    this.#seen.set(name, value);
  }

  /** The host; a user and a port are settings. */
  destination(text: string): string {
    const { user, host, port } = readDestination(text);
    if (!isSafeHost(host)) throw new OptionError(`hostname contains invalid characters: "${host}"`);
    if (user !== undefined) {
      this.#demandUser(user);
      this.#settings.push({ keyword: 'user', value: user });
    }
    if (port !== undefined) {
      this.#demandPort(port);
      this.#settings.push({ keyword: 'port', value: port });
    }
    return host;
  }

  finish(host: string | undefined, words: readonly string[]): CommandLine {
    const has = (name: string): boolean => this.#seen.has(name);
    if (this.command !== undefined && words.length > 0)
      throw new OptionError(
        `cannot run both "${this.command}" and "${words.join(' ')}": one command expected`,
      );
    return {
      host,
      command: this.command ?? words.join(' '),
      settings: this.#settings,
      overrides: this.#overrides,
      fallbacks: has('W') ? standardStreams : new Map(),
      configFile: this.#seen.get('F'),
      logFile: this.#seen.get('E'),
      traceFile: this.#seen.get('trace'),
      query: this.#seen.get('Q'),
      isVersion: has('V'),
      isDump: has('G'),
      isPasswordLogin: has('P'),
      useSyslog: has('y'),
      missing: this.#missing,
    };
  }

  #louder(): string {
    const now = verbosity.indexOf(this.#overrides.get('loglevel') ?? '');
    return verbosity[Math.min(now + 1, verbosity.length - 1)] ?? 'DEBUG3';
  }

  #demandPort(text: string): void {
    if (parsePort(text) === undefined) throw new OptionError(`bad port "${text}": 1 to 65535 expected`);
  }

  #demandUser(user: string): void {
    if (!isSafeUser(user)) throw new OptionError('remote username contains invalid characters');
  }
}
