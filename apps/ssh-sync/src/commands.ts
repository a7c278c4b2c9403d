import type { Action } from './context.ts';

/** One command as its user sees it, and where its code lies. */
export interface CommandSpec {
  readonly name: string;
  readonly description: string;
  readonly argument?: { readonly name: string; readonly description: string };
  readonly options: readonly (readonly [flags: string, description: string])[];
  readonly writes: boolean;
  readonly load: () => Promise<Action>;
}

const PATH = ['--path <dir>', 'another folder than the synced one, for this once'] as const;
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
    description: 'begin an account on a server, or join one with --existing',
    options: [
      ['--server <url>', 'the server, for example https://sync.example.org'],
      ['--username <name>', 'the name of the account'],
      ['--machine <name>', 'the name of this machine (default: its host name)'],
      ['--classic', 'P-256 keys, for a machine that cannot use post-quantum cryptography'],
      ['--existing', 'join an account: one of its machines admits this one'],
      ['--expect-account <fingerprint>', 'accept only the account with this fingerprint'],
      ['--registration-token-file <file>', 'holds the token that the server demands for a new account'],
    ],
    writes: true,
    load: async () => (await import('./commands/setup.ts')).setup,
  },
  {
    name: 'challenge-response',
    description: 'admit the machine that shows this phrase',
    argument: { name: '[phrase...]', description: 'the six words that the other machine shows' },
    options: [['--allow-classic', 'admit a machine that is not post-quantum']],
    writes: true,
    load: async () => (await import('./commands/challenge-response.ts')).challengeResponse,
  },
  {
    name: 'upload',
    description: "make this machine's files the new version",
    options: [PATH, ['--on-conflict <answer>', 'overwrite or skip what others changed'], DELETE, INCLUDE],
    writes: true,
    load: async () => (await import('./commands/transfer.ts')).upload,
  },
  {
    name: 'download',
    description: "take the server's files",
    options: [
      PATH,
      SAFE,
      ['--on-conflict <answer>', 'overwrite, skip or duplicate local files with other content'],
      ACCEPT,
      DELETE,
      INCLUDE,
    ],
    writes: true,
    load: async () => (await import('./commands/transfer.ts')).download,
  },
  {
    name: 'sync',
    description: 'bring this machine and the server in step, both ways',
    options: [
      PATH,
      SAFE,
      ACCEPT,
      DELETE,
      INCLUDE,
      ['--restore-server', 'give a server that was restored from a backup the entries that it lost'],
    ],
    writes: true,
    load: async () => (await import('./commands/sync.ts')).sync,
  },
  {
    name: 'status',
    description: 'what a sync would do, per file, and why',
    options: [PATH],
    writes: false,
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'diff',
    description: 'what a sync would change, line by line',
    options: [PATH],
    writes: false,
    load: async () => (await import('./commands/status.ts')).diff,
  },
  {
    name: 'undo',
    description: "restore this machine's files from before its last sync or download",
    argument: { name: '[name]', description: 'only this file' },
    options: [['--list', 'list what can be restored'], PATH],
    writes: true,
    load: async () => (await import('./commands/undo.ts')).undoLast,
  },
  {
    name: 'list-machines',
    description: 'the machines of the account',
    options: [],
    writes: false,
    load: async () => (await import('./commands/list-machines.ts')).listMachines,
  },
  {
    name: 'remove-machine',
    description: 'put a machine out of the account and change the key',
    argument: { name: '[name]', description: 'the machine' },
    options: [
      ['--with-admitted', 'remove the machines that it admitted, too'],
      ['--keep-admitted', 'keep the machines that it admitted'],
    ],
    writes: true,
    load: async () => (await import('./commands/remove-machine.ts')).removeMachine,
  },
  {
    name: 'rotate-master-key',
    description: 'new key for all machines, everything encrypted anew',
    options: [
      [
        '--from-last-seen',
        'if the newest list of files cannot be read, keep the last one that this machine has read',
      ],
    ],
    writes: true,
    load: async () => (await import('./commands/rotate.ts')).rotateMasterKey,
  },
  {
    name: 'migrate',
    description: 'make a --classic machine post-quantum',
    options: [],
    writes: true,
    load: async () => (await import('./commands/rotate.ts')).migrate,
  },
  {
    name: 'reset',
    description: 'take this machine out of the account and forget its state; ~/.ssh stays',
    options: [['--local', 'forget the local state even if the server cannot be told']],
    writes: true,
    load: async () => (await import('./commands/reset.ts')).reset,
  },
];
