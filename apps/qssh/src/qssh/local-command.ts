import { spawnSync } from 'node:child_process';
import type { ClientConfig } from '../config/load-config.ts';
import { commonTokens, expandTokens } from '../config/tokens.ts';
import type { Log } from './log.ts';

/** LocalCommand, if PermitLocalCommand allows it: by the user's shell, after the login. */
export function runLocalCommand({ settings, tokens }: ClientConfig, log: Log): void {
  const command = settings.get('localcommand');
  if (command === undefined || !settings.isOn('permitlocalcommand')) return;
  const line = expandTokens(command, { ...tokens, T: 'NONE' }, `${commonTokens}T`);
  log.debug(`Executing command: '${line}'`, 3);
  spawnSync(process.env['SHELL'] ?? '/bin/sh', ['-c', line], { stdio: 'inherit' });
}
