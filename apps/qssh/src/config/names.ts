// Names from the command line end up in commands that a shell reads: ProxyCommand, Match exec and others, by `%h`, `%n`
// and `%r`. Whoever made somebody type such a name (a link, a submodule) must not get a command with it.

/** Whether a host name can neither be an option nor mean anything to a shell. */
export function isSafeHost(host: string): boolean {
  return host !== '' && !host.startsWith('-') && !/['`"$\\;&<>|(){}\s\p{Cc}]/u.test(host);
}

/** The same for a user: there are names with spaces and, on Windows, backslashes. */
export function isSafeUser(user: string): boolean {
  if (user.startsWith('-') || /['`"$;&<>|(){}\p{Cc}]/u.test(user)) return false;
  return !/\s-/.test(user) && !user.endsWith('\\');
}
