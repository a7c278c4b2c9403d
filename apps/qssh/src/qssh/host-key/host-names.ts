import type { ClientConfig } from '../../config/load-config.ts';

/** Names under which a host is looked up in known_hosts. */
export interface HostNames {
  /** HostKeyAlias, `host`, or `[host]:port` for a port that is not 22. */
  readonly name: string;
  /** The same without the port, under which it may be known as well. */
  readonly withoutPort: string | undefined;
}

const DEFAULT_PORT = 22;

export function hostNames({ settings, host }: ClientConfig): HostNames {
  const alias = settings.get('hostkeyalias');
  const port = settings.number('port') ?? DEFAULT_PORT;
  if (alias !== undefined) return { name: alias.toLowerCase(), withoutPort: undefined };
  if (port === DEFAULT_PORT) return { name: host, withoutPort: undefined };
  return { name: `[${host}]:${port}`, withoutPort: host };
}
