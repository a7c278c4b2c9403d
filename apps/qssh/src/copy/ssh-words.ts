/** What ssh is asked for a session of files: nothing but that. */
const quietly = [
  '-x',
  '-oPermitLocalCommand=no',
  '-oForwardAgent=no',
  '-oClearAllForwardings=yes',
  '-oRemoteCommand=none',
  '-oRequestTTY=no',
];

/** The words that ask ssh for a command, or for the subsystem of a host. */
export function sshWords(
  options: readonly string[],
  {
    user,
    host,
    port,
  }: { readonly user: string | undefined; readonly host: string; readonly port: string | undefined },
  subsystem: string,
): readonly string[] {
  const where = [...(port === undefined ? [] : ['-p', port]), ...(user === undefined ? [] : ['-l', user])];
  // A path or several words are a command to run.
  const isCommand = /[/ ]/.test(subsystem);
  const what = isCommand ? ['--', host, subsystem] : ['-s', '--', host, subsystem];
  return [...quietly, ...options, ...where, ...what];
}
