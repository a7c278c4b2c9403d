// npm run openssh-tests: OpenSSH's own regression scripts, with our client, our server, our agent or our
// qssh-keygen in the place of theirs.
//
//   npm run openssh-tests                     everything that passing.txt names
//   npm run openssh-tests -- --all            every script that has a place for our programs
//   npm run openssh-tests -- client connect   one side, or some scripts
//
// It fails if a script does.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../tools/build.ts';
import { amended } from './amendments.ts';
import { REGRESS, runScript, type Outcome } from './script.ts';

const root = join(import.meta.dirname, '../..');

/** The variables by which the suite finds the programs under test, and our programs for them. */
const sides: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  client: { TEST_SSH_SSH: 'qssh', TEST_SSH_SCP: 'qscp', TEST_SSH_SFTP: 'qsftp' },
  server: { TEST_SSH_SSHD: 'qsshd', TEST_SSH_SFTPSERVER: 'qsftp-server' },
  keygen: { TEST_SSH_SSHKEYGEN: 'qssh-keygen' },
  agents: { TEST_SSH_SSHAGENT: 'qssh-agent', TEST_SSH_SSHADD: 'qssh-add' },
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
    const runs = chosen(words);
    await build(root, dist);
    return report(await runAll(runs, dist));
  } catch (error) {
    console.error(`openssh-tests: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    rmSync(dist, { recursive: true, force: true });
  }
}

/** @throws {Error} for a word, or a line of passing.txt, that names nothing. */
function chosen(words: readonly string[]): readonly Run[] {
  const scripts = allScripts();
  const all = scripts.flatMap((script) => Object.keys(sides).map((side) => ({ side, script })));
  const known = new Set([...all.map(nameOf), ...scripts, ...Object.keys(sides), '--all']);
  const unknown = [...words, ...passing].filter((word) => !known.has(word));
  if (unknown.length > 0) throw new Error(`nothing is called ${unknown.join(', ')}`);
  const wantedSides = words.filter((word) => Object.hasOwn(sides, word));
  const wantedScripts = words.filter((word) => scripts.includes(word));
  return all.filter(
    (run) =>
      (wantedSides.length === 0 || wantedSides.includes(run.side)) &&
      (wantedScripts.length > 0
        ? wantedScripts.includes(run.script)
        : words.includes('--all') || passing.includes(nameOf(run))),
  );
}

function nameOf({ side, script }: Run): string {
  return `${side} ${script}`;
}

/** The names in the suite's own Makefile, in its order. */
function allScripts(): readonly string[] {
  const makefile = readFileSync(join(REGRESS, 'Makefile'), 'utf8').replaceAll('\\\n', ' ');
  return (/^LTESTS=\s*(.*)$/m.exec(makefile)?.[1] ?? '').trim().split(/\s+/);
}

async function runAll(runs: readonly Run[], dist: string): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const programs = new Map(Object.keys(sides).map((side) => [side, programsOf(side, dist)]));
  const perform = async (run: Run): Promise<void> => {
    const outcome = await runOne(run, programs.get(run.side) ?? {});
    outcomes.set(nameOf(run), outcome);
    console.log(`${outcome.result.padEnd(8)} ${nameOf(run)} (${outcome.seconds} s)`);
    if (outcome.log !== '') console.log(outcome.log.replaceAll(/^/gm, '    '));
  };
  // A script writes to places of the system as well: its two sides never run at once.
  const scripts = [...Map.groupBy(runs, ({ script }) => script)].toSorted(longestFirst);
  const lane = async (): Promise<void> => {
    for (let next = scripts.shift(); next !== undefined; next = scripts.shift())
      for (const run of next[1]) await perform(run);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  // Once more, alone: a busy machine must not decide.
  for (const run of runs) if (outcomes.get(nameOf(run))?.result === 'failed') await perform(run);
  return outcomes;
}

/** Scripts that run at once: they wait more than they work. */
const LANES = 2;

/** Begun last, these would be waited for alone: their own pauses take minutes. */
const LONG = ['rekey'];

function longestFirst([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return LONG.indexOf(other) - LONG.indexOf(one);
}

/** What OpenSSH's own programs skip here is not applicable; what ours alone skip has failed. */
async function runOne(run: Run, programs: Readonly<Record<string, string>>): Promise<Outcome> {
  const outcome = await runScript(run.script, programs, (text) => amended(nameOf(run), text));
  if (outcome.result !== 'skipped') return outcome;
  const own = await runScript(run.script, {}, (text) => text);
  return own.result === 'skipped' ? own : { ...outcome, result: 'failed' };
}

/** The suite asks `ssh -Q` what to try: both sides must know it, and ssh-keygen must make keys of it. */
function programsOf(side: string, dist: string): Readonly<Record<string, string>> {
  const ours = Object.entries(sides[side] ?? {}).map(([key, file]) => [key, runnable(file, dist)] as const);
  const programs: Record<string, string> = Object.fromEntries(ours);
  const path = join(dist, `ssh-for-${side}`);
  writeFileSync(path, wrapper(join(dist, 'bin/qssh'), programs['TEST_SSH_SSH'] ?? SSH), { mode: 0o755 });
  return { ...programs, TEST_SSH_SSH: path };
}

/** Scripts run these behind a login as well, where there is another PATH, and another Node.js in it. */
function runnable(file: string, dist: string): string {
  const path = join(dist, `${file}-anywhere`);
  writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} ${join(dist, 'bin', file)} "$@"\n`, {
    mode: 0o755,
  });
  return path;
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
  if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
  const lost = [...failed, ...skipped].filter((name) => passing.includes(name));
  if (lost.length > 0) console.log(`passed before, and must again: ${lost.join(', ')}`);
  const gained = passed.filter((name) => !passing.includes(name));
  if (gained.length > 0) console.log(`to be added to tests/openssh/passing.txt:\n${gained.join('\n')}`);
  if (passed.length === 0) console.log('nothing has passed');
  return failed.length + lost.length > 0 || passed.length === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
