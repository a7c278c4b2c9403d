// qssh-keygen beside ssh-keygen, each from its start to its end.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { remark } from '../report.ts';
import { loadChildrenTime } from './cpu-time.ts';
import { type Contender, beside, inTurn } from './in-turn.ts';
import { keyTypes } from './key-types.ts';

const ROUNDS = 9;
/** Where there is no peer. */
const FEW_ROUNDS = 3;
/** The time until two primes are found is a matter of luck. */
const RSA_ROUNDS = 21;

const programs = (dist: string) => [
  { name: 'qssh-keygen', file: join(dist, 'qssh-keygen') },
  { name: 'ssh-keygen', file: 'ssh-keygen' },
];

/** Whether ssh-keygen is installed; says so if not. */
export function hasSshKeygen(): boolean {
  const { error } = spawnSync('ssh-keygen', ['-?'], { stdio: 'ignore' });
  if (error !== undefined) remark('ssh-keygen', 'is not here: Debian has it as openssh-client');
  return error === undefined;
}

/** Prints what words cost both programs, or ours alone. `prepare` is run before each of its runs. */
export async function besideSshKeygen(
  what: string,
  words: readonly string[],
  dist: string,
  {
    alone = false,
    rounds = alone ? FEW_ROUNDS : ROUNDS,
    prepare = () => undefined,
  }: { readonly alone?: boolean; readonly rounds?: number; readonly prepare?: () => void } = {},
): Promise<void> {
  const contenders: Contender[] = programs(dist)
    .slice(0, alone ? 1 : 2)
    .map(({ name, file }) => ({
      name,
      run: () => {
        prepare();
        execFileSync(file, words, { stdio: 'ignore' });
      },
    }));
  remark(what, beside(contenders, await inTurn(contenders, await loadChildrenTime(), rounds)));
}

/** To make a key, to sign with it, and to verify that, of each type. */
export async function benchPrograms(dist: string, folder: string): Promise<void> {
  const hasPeer = hasSshKeygen();
  const own = join(dist, 'qssh-keygen');
  mkdirSync(folder);
  const at = (name: string): string => join(folder, name);
  for (const { type, words, isOpenssh } of keyTypes) {
    const alone = !hasPeer || isOpenssh === undefined;
    const key = at(type);
    const remove = (): void => {
      for (const path of [key, `${key}.pub`]) rmSync(path, { force: true });
    };
    await besideSshKeygen(`qssh-keygen ${words.join(' ')}`, ['-q', ...words, '-N', '', '-f', key], dist, {
      alone,
      prepare: remove,
      ...(type === 'ssh-rsa' && { rounds: RSA_ROUNDS }),
    });
    const sign = ['-Y', 'sign', '-n', 'file', '-f', key];
    await besideSshKeygen('the same key: -Y sign', sign, dist, { alone });
    writeFileSync(at('signature'), execFileSync(own, sign, { stdio: ['ignore', 'pipe', 'ignore'] }));
    writeFileSync(at('allowed'), `me ${readFileSync(`${key}.pub`, 'utf8')}`);
    const verify = ['-Y', 'verify', '-n', 'file', '-I', 'me', '-f', at('allowed'), '-s', at('signature')];
    await besideSshKeygen('the same key: -Y verify', verify, dist, { alone });
  }
  await benchPassphrase(dist, at('locked'), !hasPeer);
}

/** As many rounds of bcrypt as ssh-keygen 9.2 makes. */
async function benchPassphrase(dist: string, key: string, alone: boolean): Promise<void> {
  const make = ['-q', '-t', 'ed25519', '-a', '16', '-N', 'secret', '-f', key];
  execFileSync(join(dist, 'qssh-keygen'), make);
  const show = ['-y', '-P', 'secret', '-f', key];
  await besideSshKeygen('a key with a passphrase, 16 rounds: qssh-keygen -y', show, dist, { alone });
}
