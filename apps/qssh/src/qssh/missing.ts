import { optionAliases } from '../config/option-table.ts';
import type { Settings } from '../config/settings.ts';
import type { CommandLine } from './command-line.ts';
import { LoginError } from './failure.ts';
import type { Log } from './log.ts';

interface Missing {
  /** As people write it, with the letter that stands for it. */
  readonly name: string;
  /** A value that asks for nothing. */
  readonly quiet?: string;
}

/** Options that change nothing yet. */
const forwards: readonly Missing[] = [
  { name: 'LocalForward (-L)' },
  { name: 'RemoteForward (-R)' },
  { name: 'DynamicForward (-D)' },
  { name: 'Tunnel (-w)', quiet: 'false' },
];
const others: readonly Missing[] = [
  { name: 'TunnelDevice (-w)', quiet: 'any:any' },
  { name: 'GatewayPorts (-g)', quiet: 'no' },
  { name: 'ForwardX11 (-X)', quiet: 'no' },
  { name: 'PKCS11Provider (-I)', quiet: 'none' },
  { name: 'GSSAPIAuthentication (-K)', quiet: 'no' },
  { name: 'HostbasedAuthentication', quiet: 'no' },
  { name: 'ControlMaster (-M)', quiet: 'false' },
  { name: 'ControlPath (-S)', quiet: 'none' },
  { name: 'VerifyHostKeyDNS', quiet: 'false' },
  { name: 'VisualHostKey', quiet: 'no' },
  { name: 'ChannelTimeout', quiet: 'none' },
  { name: 'CheckHostIP', quiet: 'no' },
  { name: 'ProxyUseFdpass', quiet: 'no' },
  { name: 'VersionAddendum', quiet: 'none' },
];

/**
 * Names what was asked for and does not exist yet: what the command line says to everybody, what stands in a config file,
 * which may be shared with ssh, to those who want to hear more. @throws {LoginError} where going on would do something else
 */
export function nameMissing(line: CommandLine, settings: Settings, log: Log): void {
  const [letter] = line.missing;
  if (letter !== undefined) throw new LoginError(`Cannot do -${letter}: it is not supported yet`);
  const typed = typedKeywords(line);
  const isAsked = ({ name, quiet }: Missing): boolean => {
    const value = settings.get(keywordOf(name));
    return value !== undefined && value !== quiet;
  };
  for (const { name } of [...forwards, ...others].filter(isAsked)) {
    const text = `qssh: ${name} is not supported yet: it does nothing`;
    if (typed.has(keywordOf(name))) log.info(text);
    else log.verbose(text);
  }
  const forward = forwards.find(isAsked);
  if (forward !== undefined && settings.isOn('exitonforwardfailure'))
    throw new LoginError(`qssh: cannot set up ${forward.name}, which ExitOnForwardFailure demands`);
}

function keywordOf(name: string): string {
  return name.replace(/ .*/, '').toLowerCase();
}

/** What the command line sets, by letters or behind -o. */
function typedKeywords({ settings, overrides }: CommandLine): ReadonlySet<string> {
  const typed = settings.map((setting) => {
    const written = 'keyword' in setting ? setting.keyword : (/^\s*([^\s="]*)/.exec(setting.text)?.[1] ?? '');
    const keyword = written.toLowerCase();
    return optionAliases[keyword] ?? keyword;
  });
  return new Set([...typed, ...overrides.keys()]);
}
