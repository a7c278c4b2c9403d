/** Words of a command, as words of one that does not hear Ctrl-C. */
export function shielded(words: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', 'trap "" INT; exec "$0" "$@"', ...words];
}
