/** The folder that is synced and the home directory that its paths are written for. */
export interface Place {
  /** Absolute path of the folder, usually ~/.ssh. */
  readonly folder: string;
  /** Absolute path of the home directory. */
  readonly home: string;
  /** Absolute path of the folder with the system's ssh_config and ssh_known_hosts, usually /etc/ssh. */
  readonly system: string;
  readonly separator: '/' | '\\';
}
