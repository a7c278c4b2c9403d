// draft-ietf-secsh-filexfer-02, section 7: how requests end.

/** Codes of SSH_FXP_STATUS. */
export const Status = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

export type StatusName = keyof typeof Status;

/** What OpenSSH's server and client say for each code. */
const sentences: Readonly<Record<StatusName, string>> = {
  ok: 'Success',
  endOfFile: 'End of file',
  noSuchFile: 'No such file or directory',
  permissionDenied: 'Permission denied',
  failure: 'Failure',
  badMessage: 'Bad message',
  noConnection: 'No connection',
  connectionLost: 'Connection lost',
  unsupported: 'Operation unsupported',
};

/** A request that was not fulfilled. Its message is ours: what the other side said is not repeated. */
export class SftpError extends Error {
  override readonly name = 'SftpError';
  readonly code: StatusName;

  constructor(code: StatusName, options?: ErrorOptions) {
    super(sentences[code], options);
    this.code = code;
  }
}

const names: readonly StatusName[] = [
  'ok',
  'endOfFile',
  'noSuchFile',
  'permissionDenied',
  'failure',
  'badMessage',
  'noConnection',
  'connectionLost',
  'unsupported',
];

/** The name of a code; a code that the draft does not have is a failure. */
export function statusName(code: number): StatusName {
  return names[code] ?? 'failure';
}

/** The words of a server for a code. */
export function statusText(code: StatusName): string {
  return code === 'noSuchFile' ? 'No such file' : sentences[code];
}

/** Errors of the system that have a code of their own in the draft, as OpenSSH's server tells them. */
const systemErrors: Readonly<Record<string, StatusName>> = {
  ENOENT: 'noSuchFile',
  ENOTDIR: 'noSuchFile',
  EBADF: 'noSuchFile',
  ELOOP: 'noSuchFile',
  EPERM: 'permissionDenied',
  EACCES: 'permissionDenied',
  EFAULT: 'permissionDenied',
  ENAMETOOLONG: 'badMessage',
  EINVAL: 'badMessage',
  ENOSYS: 'unsupported',
};

/** What a client is told of an error in a file system. */
export function statusOf(error: unknown): StatusName {
  if (error instanceof SftpError) return error.code;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return 'failure';
  return systemErrors[error.code] ?? 'failure';
}
