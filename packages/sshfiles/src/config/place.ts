/** Where a config is used: the user's home directory and what separates the names of a path. */
export interface Place {
  /** Absolute, for example `/home/alice` or `C:\Users\Alice`. */
  readonly home: string;
  readonly separator: '/' | '\\';
}

/** A place with its synced folder: the absolute path of `~/.ssh`. */
export interface FolderPlace extends Place {
  readonly folder: string;
}

/** Keywords whose arguments are file names, each to what ssh_config(5) lets stand there besides a path. */
export const fileKeywords: ReadonlySet<string> = new Set([
  'certificatefile',
  'controlpath',
  'forwardagent', // a path to an agent's socket, besides yes and no
  'globalknownhostsfile',
  'identityagent',
  'identityfile',
  'identityfile2',
  'include',
  'pkcs11provider',
  'revokedhostkeys',
  'securitykeyprovider',
  'smartcarddevice',
  'userknownhostsfile',
  'xauthlocation',
]);
