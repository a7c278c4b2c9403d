/** The folder that is synced and the home directory that its paths are written for. */
export interface Place {
  /** Absolute path of the folder, usually ~/.ssh. */
  readonly folder: string;
  /** Absolute path of the home directory. */
  readonly home: string;
  readonly separator: '/' | '\\';
}
