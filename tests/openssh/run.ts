// npm run openssh-tests: OpenSSH's own regression scripts, with our client or our server in the place of theirs.
//
//   npm run openssh-tests                     everything that passing.txt names; fails if one of these does not pass
//   npm run openssh-tests -- --all            every script that has a place for our programs
//   npm run openssh-tests -- client connect   one side, or some scripts
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../tools/build.ts';
import { REGRESS, runScript, type Outcome } from './script.ts';

const root = join(import.meta.dirname, '../..');

/** The variables by which the suite finds the programs under test, and our programs for them. */
const sides: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  client: { TEST_SSH_SSH: 'qssh', TEST_SSH_SCP: 'qscp', TEST_SSH_SFTP: 'qsftp' },
  server: { TEST_SSH_SSHD: 'qsshd', TEST_SSH_SFTPSERVER: 'qsftp-server' },
};

/** A script with one side's programs. */
interface Run {
  readonly side: string;
  readonly script: string;
}

const passing = readFileSync(join(import.meta.dirname, 'passing.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

async function main(words: readonly string[]): Promise<number> {
  if (!existsSync(REGRESS)) {
    console.error(`openssh-tests: nothing in "${REGRESS}": apt-get install openssh-tests`);
    return 1;
  }
  const dist = mkdtempSync(join(tmpdir(), 'orrery-openssh-dist-'));
  try {
    await build(root, dist);
    return report(await runAll(chosen(words), dist));
  } finally {
    rmSync(dist, { recursive: true, force: true });
  }
}

function chosen(words: readonly string[]): readonly Run[] {
  const wantedSides = words.filter((word) => Object.hasOwn(sides, word));
  const scripts = words.filter((word) => !Object.hasOwn(sides, word) && word !== '--all');
  const all = Object.keys(sides).flatMap((side) => allScripts().map((script) => ({ side, script })));
  return all.filter(
    ({ side, script }) =>
      (wantedSides.length === 0 || wantedSides.includes(side)) &&
      (scripts.length > 0
        ? scripts.includes(script)
        : words.includes('--all') || passing.includes(`${side} ${script}`)),
  );
}

/** The names in the suite's own Makefile, in its order. */
function allScripts(): readonly string[] {
  const makefile = readFileSync(join(REGRESS, 'Makefile'), 'utf8').replaceAll('\\\n', ' ');
  return (/^LTESTS=\s*(.*)$/m.exec(makefile)?.[1] ?? '').trim().split(/\s+/);
}

async function runAll(runs: readonly Run[], dist: string): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const notApplicable = new Map<string, Outcome>();
  for (const { side, script } of runs) {
    const name = `${side} ${script}`;
    const programs = programsOf(side, dist);
    let outcome = await runScript(script, programs);
    if (outcome.result !== 'passed') {
      const own = notApplicable.get(script) ?? (await runScript(script, {}));
      notApplicable.set(script, own);
      if (own.result === 'skipped') outcome = own;
      else if (outcome.result === 'skipped') outcome = { ...outcome, result: 'failed' };
    }
    // Once more, alone: a busy machine must not decide.
    if (outcome.result === 'failed') outcome = await runScript(script, programs);
    outcomes.set(name, outcome);
    console.log(`${outcome.result.padEnd(8)} ${name} (${outcome.seconds} s)`);
    if (outcome.log !== '') console.log(outcome.log.replaceAll(/^/gm, '    '));
  }
  return outcomes;
}

/** The suite asks `ssh -Q` what to try: both sides must know it, and ssh-keygen must make keys of it. */
function programsOf(side: string, dist: string): Readonly<Record<string, string>> {
  const ours = Object.entries(sides[side] ?? {}).map(
    ([key, file]) => [key, join(dist, 'bin', file)] as const,
  );
  const programs: Record<string, string> = Object.fromEntries(ours);
  const path = join(dist, `ssh-for-${side}`);
  writeFileSync(path, wrapper(join(dist, 'bin/qssh'), programs['TEST_SSH_SSH'] ?? SSH), { mode: 0o755 });
  return { ...programs, TEST_SSH_SSH: path };
}

const SSH = '/usr/bin/ssh';

function wrapper(qssh: string, program: string): string {
  return `#!/bin/sh
for word in "$@"; do
  if [ "$asks" = yes ]; then
    known=$(mktemp)
    ${qssh} -Q "$word" > "$known"
    ${SSH} -Q "$word" | grep -Fx -f "$known"
    rm -f "$known"
    exit 0
  fi
  [ "$word" = -Q ] && asks=yes
done
exec ${program} "$@"
`;
}

function report(outcomes: ReadonlyMap<string, Outcome>): number {
  const of = (result: Outcome['result']): string[] =>
    [...outcomes].filter(([, outcome]) => outcome.result === result).map(([name]) => name);
  const [passed, failed, skipped] = [of('passed'), of('failed'), of('skipped')];
  console.log(`\npassed ${passed.length}, failed ${failed.length}, not applicable ${skipped.length}`);
  if (skipped.length > 0)
    console.log(`not applicable, as with OpenSSH's own programs here: ${skipped.join(', ')}`);
  const lost = failed.filter((name) => passing.includes(name));
  if (lost.length > 0) console.log(`passed before, and must again: ${lost.join(', ')}`);
  const gained = passed.filter((name) => !passing.includes(name));
  if (gained.length > 0) console.log(`to be added to tests/openssh/passing.txt:\n${gained.join('\n')}`);
  return lost.length > 0 || passed.length === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
