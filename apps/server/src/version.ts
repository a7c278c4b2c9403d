import manifest from '../package.json' with { type: 'json' };

export const PROGRAM = 'ssh-sync-server';
export const VERSION = manifest.version;
