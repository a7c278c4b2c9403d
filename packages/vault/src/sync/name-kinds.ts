import { foldFileName } from '@orrery/disk';

// What files of ~/.ssh are by their names, compared as the system does that tells fewest apart. What is not named here is
// judged by what configs say of it, and by its content.

/** Files that open this machine to others, change what logins do or whose signatures count: never changed unasked. */
const GUARDS = /^(?:authorized_.*|allowed_signers.*|(?:ssh)?rc(?:[._-].*)?|environment.*)$/;

/** Files that shells and other programs run or obey where people name them so: a shell's own, an agent's, libraries. */
const CODE: readonly RegExp[] = [
  /^\.(?:bash|zsh|z(?:profile|login|logout)|profile|[kt]?c?shrc|login|logout|env|inputrc|vimrc|exrc|netrc|git)/,
  /agent.*env|(?:^|[._-])env(?:ironment)?$|^agent$|^agent[._-]|^ssh-agent/,
  /\.(?:sh|bash|zsh|ksh|fish|csh|py|pl|rb|js|ps1|bat|cmd|exe|so(?:\.[0-9]+)*|dylib|dll)$/,
];

/** Whether ssh reads a file by its own name as a config. */
export function isConfig(name: string): boolean {
  return foldFileName(name) === 'config';
}

/** Whether people probably hand a file to ssh as a config: `ssh -F`, an alias, a link. Copies are put aside. */
export function isLikeConfig(name: string): boolean {
  const folded = foldFileName(name);
  return /^(?:ssh_?)?config/.test(folded) && !/(?:\.(?:duplicate\d*|old|bak|orig|tmp)|~)$/.test(folded);
}

export function isKnownHosts(name: string): boolean {
  return /^known_hosts2?$/.test(foldFileName(name));
}

export function isGuard(name: string): boolean {
  return GUARDS.test(foldFileName(name));
}

export function isCode(name: string): boolean {
  const folded = foldFileName(name);
  return CODE.some((pattern) => pattern.test(folded));
}
