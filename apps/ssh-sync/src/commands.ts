import type { Action } from './context.ts';

/** One command as its user sees it, and where its code lies. */
export interface CommandSpec {
  readonly name: string;
  /** One line. */
  readonly description: string;
  readonly argument?: { readonly name: string; readonly description: string };
  readonly options: readonly (readonly [flags: string, description: string, values?: readonly string[]])[];
  readonly writes: boolean;
  /** What its output means, where that is not plain; lines of at most 80 columns. */
  readonly notes?: readonly string[];
  /** Command lines, without the name of the program. */
  readonly examples: readonly string[];
  readonly load: () => Promise<Action>;
}

const PATH = ['--path <dir>', 'another folder, for this once (default: as --ssh-dir)'] as const;
const SAFE = ['--safe-mode', 'write arriving files to ~/.ssh-sync-data only'] as const;
const DELETE = ['--delete', 'allow the deletion of more than half of the files'] as const;
const ACCEPT = [
  '--accept-commands',
  'accept arriving lines that run programs or decide whom to trust',
] as const;
const INCLUDE = ['--include <name...>', 'also sync a file that stays local by default; remembered'] as const;

/** All commands, in the order in which a user meets them. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'setup',
    description: 'begin an account, or join one (--existing)',
    options: [
      ['--server <url>', 'where the server is (default: ask)'],
      ['--username <name>', 'the name of the account (default: ask)'],
      ['--machine <name>', 'the name of this machine (default: its host name)'],
      ['--classic', 'P-256 keys, for a machine that cannot use post-quantum cryptography'],
      ['--existing', 'join an account: one of its machines admits this one'],
      ['--expect-account <fingerprint>', 'accept only the account with this fingerprint'],
      ['--registration-token-file <file>', 'holds the token that the server demands for a new account'],
    ],
    writes: true,
    examples: [
      'setup --server https://sync.example.org --username alice',
      'setup --existing --server https://sync.example.org --username alice',
    ],
    load: async () => (await import('./commands/setup.ts')).setup,
  },
  {
    name: 'challenge-response',
    description: 'admit the machine that shows this phrase',
    argument: {
      name: '[phrase...]',
      description: 'the six words that the other machine shows (default: ask)',
    },
    options: [['--allow-classic', 'admit a machine that is not post-quantum']],
    writes: true,
    examples: ['challenge-response crying lurch mashing fascism imperfect cider'],
    load: async () => (await import('./commands/challenge-response.ts')).challengeResponse,
  },
  {
    name: 'upload',
    description: "make this machine's files the new version",
    options: [
      PATH,
      [
        '--on-conflict <answer>',
        'overwrite or skip what others changed (default: ask)',
        ['overwrite', 'skip'],
      ],
      DELETE,
      INCLUDE,
    ],
    writes: true,
    notes: [
      '"skipped" counts files that did not move: most are the same on both sides.',
      'Without a terminal, files that others changed need --on-conflict.',
    ],
    examples: ['upload', 'upload --on-conflict skip'],
    load: async () => (await import('./commands/transfer.ts')).upload,
  },
  {
    name: 'download',
    description: "take the server's files",
    options: [
      PATH,
      SAFE,
      [
        '--on-conflict <answer>',
        'overwrite or skip what was changed here, or save the other as NAME.duplicate (default: ask)',
        ['overwrite', 'skip', 'duplicate'],
      ],
      ACCEPT,
      DELETE,
      INCLUDE,
    ],
    writes: true,
    notes: [
      '"skipped" counts files that did not move: most are the same on both sides.',
      'Without a terminal, files that were changed here need --on-conflict.',
    ],
    examples: ['download --on-conflict duplicate'],
    load: async () => (await import('./commands/transfer.ts')).download,
  },
  {
    name: 'sync',
    description: 'bring this machine and the server in step',
    options: [
      PATH,
      SAFE,
      ACCEPT,
      DELETE,
      INCLUDE,
      ['--restore-server', 'give a server that was restored from a backup the entries that it lost'],
    ],
    writes: true,
    notes: [
      '"skipped" counts files that did not move: they are the same on both sides,',
      'or were left alone and are named, with the reason.',
    ],
    examples: ['sync', 'sync --dry-run', 'sync --include authorized_keys'],
    load: async () => (await import('./commands/sync.ts')).sync,
  },
  {
    name: 'status',
    description: 'what a sync would do, per file, and why',
    options: [PATH],
    writes: false,
    examples: ['status'],
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'diff',
    description: 'what a sync would change, line by line',
    options: [PATH],
    writes: false,
    examples: ['diff'],
    load: async () => (await import('./commands/status.ts')).diff,
  },
  {
    name: 'undo',
    description: 'bring files back from before the last change',
    argument: { name: '[name]', description: 'only this file (default: all of that change)' },
    options: [
      ['--list', 'list what can be restored'],
      ['--snapshot <number>', 'go back to this one of the list (default: the newest that fits)'],
      PATH,
    ],
    writes: true,
    notes: [
      'To the next sync, what undo restores or removes is an edit of yours: it goes to',
      'the server and to your other machines.',
    ],
    examples: ['undo --list', 'undo config', 'undo config --snapshot 12'],
    load: async () => (await import('./commands/undo.ts')).undoLast,
  },
  {
    name: 'list-machines',
    description: 'the machines of the account',
    options: [],
    writes: false,
    examples: ['list-machines -v'],
    load: async () => (await import('./commands/list-machines.ts')).listMachines,
  },
  {
    name: 'remove-machine',
    description: 'put a machine out and change the master key',
    argument: { name: '[name]', description: 'the machine (default: ask)' },
    options: [
      ['--with-admitted', 'remove the machines that it admitted, too'],
      ['--keep-admitted', 'keep the machines that it admitted'],
    ],
    writes: true,
    examples: ['remove-machine desktop'],
    load: async () => (await import('./commands/remove-machine.ts')).removeMachine,
  },
  {
    name: 'rotate-master-key',
    description: 'encrypt everything under a new master key',
    options: [
      [
        '--from-last-seen',
        'if the newest list of files cannot be read, keep the last one that this machine has read',
      ],
    ],
    writes: true,
    examples: ['rotate-master-key'],
    load: async () => (await import('./commands/rotate.ts')).rotateMasterKey,
  },
  {
    name: 'migrate',
    description: 'make a --classic machine post-quantum',
    options: [],
    writes: true,
    examples: ['migrate'],
    load: async () => (await import('./commands/rotate.ts')).migrate,
  },
  {
    name: 'reset',
    description: 'take this machine out; ~/.ssh stays as it is',
    options: [['--local', 'forget the local state even if the server cannot be told']],
    writes: true,
    examples: ['reset', 'reset --local'],
    load: async () => (await import('./commands/reset.ts')).reset,
  },
  {
    name: 'completion',
    description: 'complete this command line in a shell',
    argument: { name: '<shell>', description: 'bash, zsh or fish' },
    options: [],
    writes: false,
    notes: [
      'bash, in ~/.bashrc: source <(ssh-sync completion bash)',
      'zsh, in ~/.zshrc behind compinit: source <(ssh-sync completion zsh)',
      'fish, once: ssh-sync completion fish > ~/.config/fish/completions/ssh-sync.fish',
    ],
    examples: ['completion bash', 'completion zsh'],
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];
