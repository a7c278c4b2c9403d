/**
 * Gives up what a worker does not need: to be root, to read files, and by the permission model to write, to connect and
 * to start programs. All code is loaded by now.
 * @param identity `uid:gid`, or nothing to stay who it is.
 */
export function confine(identity: string): void {
  const [uid, gid] = identity.split(':').map(Number);
  if (identity !== '' && uid !== undefined && gid !== undefined) {
    process.setgroups?.([]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  }
  process.permission?.drop('fs.read');
}
