/** Exit codes of ssh-sync beside those that every program shares (0 done, 1 failed, 2 usage, 130 interrupted). */
export const SyncExit = {
  /** What the server sent, or did not send, contradicts what this machine has seen or what the ledger's rules allow. */
  untrusted: 3,
  /** Files were left alone because lines in them were not accepted, or because no machine should take them. */
  withheld: 4,
} as const;
