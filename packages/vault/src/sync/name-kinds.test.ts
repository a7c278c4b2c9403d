import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCode, isConfig, isGuard, isKnownHosts, isLikeConfig } from './name-kinds.ts';

const tests: Readonly<Record<string, readonly [test: (name: string) => boolean, yes: string, no: string]>> = {
  isConfig: [isConfig, 'config Config CONFIG', 'config_work xconfig ssh_config'],
  isLikeConfig: [
    isLikeConfig,
    'config config_work config.local Config-a ssh_config sshconfig',
    'my_config id config.duplicate config.duplicate2 config.old config~',
  ],
  isKnownHosts: [isKnownHosts, 'known_hosts known_hosts2 Known_Hosts', 'known_hosts3 known_hosts.old'],
  isGuard: [
    isGuard,
    'authorized_keys authorized_keys2 authorized_keys_work Authorized_Principals allowed_signers rc rc.local environment environment-laptop',
    'authorized id_rc arc env signers',
  ],
  isCode: [
    isCode,
    '.bashrc .bash_profile .profile .zshrc .zshenv .zprofile .kshrc .cshrc .env .envrc .gitconfig agent agent.env agent-env ssh-agent-info work.env a_env lib.sh x.py lib.so lib.so.1 A.DLL run.ps1',
    'id_agentur id_ed25519 notes.txt environ seven .ssh-sync-ignore .ds_store shell.txt key.pub',
  ],
};

for (const [name, [test, yes, no]] of Object.entries(tests))
  describe(name, () => {
    it('takes names that mean such a file', () => {
      for (const file of yes.split(' ')) assert.ok(test(file), file);
    });
    it('passes over others', () => {
      for (const file of no.split(' ')) assert.ok(!test(file), file);
    });
  });
