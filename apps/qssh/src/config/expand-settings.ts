// Replaces tokens, variables and `~` in the options that take them, as ssh_config(5) says under TOKENS.
import { ConfigError } from './read-config.ts';
import type { ClientConfig } from './load-config.ts';
import { commonTokens, expandEnvironment, expandTilde, expandTokens } from './tokens.ts';
import { ValueError } from './value-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Expands what does not wait for the connection. @throws {ConfigError} */
export function expandSettings(config: ClientConfig, environment: Environment): void {
  const { settings, tokens } = config;
  for (const keyword of [
    'controlpath',
    'identityagent',
    'revokedhostkeys',
    'forwardagent',
    'userknownhostsfile',
  ])
    change(config, keyword, (value) => expandPath(value, config, environment));
  change(config, 'remotecommand', (value) => expandTokens(value, tokens, commonTokens));
  for (const keyword of ['localforward', 'remoteforward'])
    change(config, keyword, (value) =>
      value
        .split(' ')
        .map((end) => (end.startsWith('/') ? expandPath(end, config, environment) : end))
        .join(' '),
    );
  if (settings.get('connectionattempts') !== undefined && (settings.number('connectionattempts') ?? 0) < 1)
    throw new ConfigError('Invalid number of ConnectionAttempts');
}

/** A path with `~`, `${VARIABLE}` and tokens. @throws {ValueError} */
export function expandPath(
  path: string,
  { home, tokens }: Pick<ClientConfig, 'home' | 'tokens'>,
  environment: Environment,
): string {
  if (isKeptAsItIs(path)) return path;
  return expandTokens(expandEnvironment(expandTilde(path, home), environment), tokens, commonTokens);
}

/** Words, and `$NAME` alone, which IdentityAgent and ForwardAgent look up later. */
function isKeptAsItIs(value: string): boolean {
  return /^(?:none|yes|no|SSH_AUTH_SOCK|\$[A-Za-z_]\w*)$/.test(value);
}

function change({ settings }: ClientConfig, keyword: string, expand: (value: string) => string): void {
  if (!settings.has(keyword)) return;
  try {
    settings.replace(keyword, settings.all(keyword).map(expand));
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    throw new ConfigError(`Cannot expand ${keyword}: ${cause.message}`, { cause });
  }
}
