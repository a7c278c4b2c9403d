import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

import { oldNode } from './old-node.ts';

const root = join(import.meta.dirname, '..');
const isRoot = process.getuid?.() === 0;
const platform = `node-${process.platform}-${process.arch}`;

/** Stands for both programs: does what its first argument says. */
const program = `
import { getCompileCacheDir } from 'node:module';
const actions: Record<string, (...rest: string[]) => number | Promise<number>> = {
  arguments: (...rest) => (console.log(JSON.stringify(rest)), 0),
  cache: () => (console.log(getCompileCacheDir() ?? 'none'), 0),
  die: () => (process.kill(process.pid, 'SIGKILL'), new Promise(() => setInterval(() => {}, 1000))),
  exit: (code) => Number(code),
  terminal: () => (process.stdin.isTTY && process.stdout.isTTY ? 0 : 1),
  version: () => (console.log(process.versions.node), 0),
  wait: (signal) =>
    new Promise((resolve) => {
      const timer = setInterval(() => {}, 1000);
      process.once(signal, () => setTimeout(() => (clearInterval(timer), resolve(42)), 50));
      console.log('ready');
    }),
};
export async function main([action, ...rest]: string[]): Promise<number> {
  return actions[action ?? '']?.(...rest) ?? 99;
}
`;

let folder: string;
let checkout: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-launch-'));
  checkout = join(folder, 'checkout');
  await makeCheckout(checkout);
});
after(() => rm(folder, { recursive: true, force: true }));

for (const [label, node] of [
  ['the Node.js that is needed', process.execPath],
  ['an older Node.js', oldNode],
] as const) {
  suite(`a launcher under ${label}`, { skip: node === undefined && 'every Node.js here is recent' }, () => {
    const start = (args: string[], options?: SpawnOptions): ChildProcess =>
      startProgram(node ?? '', [join(checkout, 'bin/ssh-sync'), ...args], options);
    const run = (...args: string[]): Promise<Result> => resultOf(start(args));

    test('runs the program under the Node.js that is needed', async () => {
      assert.deepEqual(await run('version'), {
        code: 0,
        signal: null,
        out: `${process.versions.node}\n`,
        err: '',
      });
    });

    test('passes arguments on and returns the exit code', async () => {
      assert.equal((await run('arguments', '--a b', '', '*')).out, '["--a b","","*"]\n');
      assert.equal((await run('exit', '7')).code, 7);
    });

    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      test(`leaves ${signal} to the program`, async () => {
        const child = start(['wait', signal]);
        await ready(child);
        child.kill(signal);
        assert.deepEqual(await once(child, 'exit'), [42, null]);
      });
    }

    test('outlives an interrupt that the terminal sends to both, as long as the program does', async () => {
      const child = start(['wait', 'SIGINT'], { detached: true });
      await ready(child);
      process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
      assert.deepEqual(await once(child, 'exit'), [42, null]);
    });

    test('dies of the signal that the program died of', async () => {
      assert.deepEqual(await run('die'), { code: null, signal: 'SIGKILL', out: '', err: '' });
    });

    test('works through a symbolic link', async () => {
      const link = join(folder, `link-${label.length}`);
      await symlink(join(checkout, 'bin/ssh-sync'), link);
      assert.equal((await resultOf(startProgram(node ?? '', [link, 'exit', '7']))).code, 7);
    });

    test('gives the program the terminal', async () => {
      const command = `'${node}' '${join(checkout, 'bin/ssh-sync')}' terminal`;
      assert.equal((await resultOf(startProgram('script', ['-qec', command, '/dev/null']))).code, 0);
    });
  });
}

suite(
  'a launcher under an older Node.js',
  { skip: oldNode === undefined && 'every Node.js here is recent' },
  () => {
    test('says what it needs and exits with 69 if npm brought no other', async () => {
      const place = join(folder, 'alone');
      await makeCheckout(place, { platformPackage: false });
      const { code, out, err } = await resultOf(
        startProgram(oldNode ?? '', [join(place, 'bin/ssh-sync'), 'version']),
      );
      assert.deepEqual({ code, out }, { code: 69, out: '' });
      assert.match(
        err,
        /^ssh-sync: needs Node\.js 26 or later, found \d+\.\d+\.\d+\nhint: install Node\.js 26, or run /,
      );
    });

    test(
      'runs no Node.js that another user put into a folder above',
      { skip: !isRoot && 'needs root' },
      async () => {
        const shared = join(folder, 'shared');
        const foreign = join(shared, 'node_modules', platform);
        await makeCheckout(join(shared, 'checkout'), { platformPackage: false });
        await mkdir(join(foreign, 'bin'), { recursive: true });
        await writeFile(join(foreign, 'package.json'), '{"version":"26.99.0"}');
        await writeFile(join(foreign, 'bin/node'), '#!/bin/sh\necho foreign\n', { mode: 0o755 });
        const run = (): Promise<Result> =>
          resultOf(startProgram(oldNode ?? '', [join(shared, 'checkout/bin/ssh-sync'), 'version']));
        assert.equal((await run()).out, 'foreign\n', 'control: a binary of the same owner is run');
        await chown(join(foreign, 'bin/node'), 12345, 12345);
        assert.deepEqual(await run().then(({ code, out }) => ({ code, out })), { code: 69, out: '' });
      },
    );
  },
);

suite('a launcher', () => {
  const run = (place: string, name: string, ...args: string[]): Promise<Result> =>
    resultOf(
      startProgram(process.execPath, [join(place, 'bin', name), ...args], { env: { ...env, HOME: folder } }),
    );

  test('exits with 69 for a program that this copy does not have', async () => {
    const place = join(folder, 'empty');
    await makeCheckout(place, { apps: [] });
    const { code, err } = await run(place, 'ssh-sync', 'version');
    assert.deepEqual(
      { code, err },
      { code: 69, err: `ssh-sync: is not part of this copy: nothing to run in "${place}"\n` },
    );
  });

  test('tells to run npm ci in a checkout without node_modules', async () => {
    const place = join(folder, 'fresh');
    await makeCheckout(place);
    await rm(join(place, 'node_modules'), { recursive: true });
    const { code, err } = await run(place, 'ssh-sync', 'version');
    assert.equal(code, 69);
    assert.match(err, /hint: run "npm ci" there\n$/);
  });

  test('keeps the compile cache of sources in node_modules, for this user alone', async () => {
    const cache = join(checkout, 'node_modules/.cache/orrery');
    assert.ok((await run(checkout, 'ssh-sync', 'cache')).out.startsWith(cache));
    assert.equal((await stat(cache)).mode & 0o777, 0o700);
    assert.equal((await readdir(cache)).length, 1);
  });

  for (const shared of ['node_modules', 'node_modules/.cache', 'node_modules/.cache/orrery']) {
    test(`uses no compile cache if others can write to ${shared}`, async () => {
      const place = join(folder, `shared-${shared.length}`);
      await makeCheckout(place);
      await mkdir(join(place, 'node_modules/.cache/orrery'), { recursive: true, mode: 0o700 });
      await chmod(join(place, shared), 0o777);
      assert.equal((await run(place, 'ssh-sync', 'cache')).out, 'none\n');
    });
  }

  test('uses no compile cache that belongs to another user', { skip: !isRoot && 'needs root' }, async () => {
    const place = join(folder, 'foreign');
    await makeCheckout(place);
    await mkdir(join(place, 'node_modules/.cache/orrery'), { recursive: true, mode: 0o700 });
    await chown(join(place, 'node_modules/.cache/orrery'), 12345, 12345);
    assert.equal((await run(place, 'ssh-sync', 'cache')).out, 'none\n');
  });

  test('uses no compile cache for a daemon that root runs', { skip: !isRoot && 'needs root' }, async () => {
    assert.equal((await run(checkout, 'ssh-sync-server', 'cache')).out, 'none\n');
  });

  test('runs a bundle, with its compile cache in the home folder', async () => {
    const place = join(folder, 'build');
    await makeCheckout(place, { apps: [] });
    await writeFile(join(place, 'package.json'), '{"type":"module"}');
    await writeFile(
      join(place, 'ssh-sync.cjs'),
      "exports.main = async () => (console.log(require('node:module').getCompileCacheDir() ?? 'none'), 0);",
    );
    const cache = join(folder, '.cache/orrery');
    assert.ok((await run(place, 'ssh-sync', 'cache')).out.startsWith(cache));
    assert.equal((await stat(cache)).mode & 0o777, 0o700);
  });

  test('is found by npm exec in a checkout', async () => {
    await cp(join(root, 'package.json'), join(checkout, 'package.json'));
    const child = startProgram('npm', ['exec', '--offline', '--', 'ssh-sync', 'exit', '7'], {
      cwd: checkout,
    });
    assert.equal((await resultOf(child)).code, 7);
  });
});

interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

const env: NodeJS.ProcessEnv = { ...process.env, NODE_COMPILE_CACHE: undefined, NODE_OPTIONS: undefined };

function startProgram(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(command, args, { env, stdio: 'pipe', ...options });
}

async function resultOf(child: ChildProcess): Promise<Result> {
  const texts = ['', ''];
  [child.stdout, child.stderr].forEach((stream, index) =>
    stream?.on('data', (bytes: Buffer) => {
      texts[index] += bytes.toString();
    }),
  );
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, out: texts[0] ?? '', err: texts[1] ?? '' };
}

async function ready(child: ChildProcess): Promise<void> {
  if (child.stdout !== null) await once(child.stdout, 'data');
}

/** The launchers as they are, with a program that the tests can steer. */
async function makeCheckout(
  place: string,
  { apps = ['ssh-sync', 'server'], platformPackage = true } = {},
): Promise<void> {
  await cp(join(root, 'bin'), join(place, 'bin'), { recursive: true });
  await mkdir(join(place, 'node_modules'), { recursive: true, mode: 0o700 });
  if (platformPackage)
    await symlink(join(root, 'node_modules', platform), join(place, 'node_modules', platform));
  for (const app of apps) {
    await mkdir(join(place, 'apps', app, 'src'), { recursive: true });
    await writeFile(join(place, 'apps', app, 'package.json'), '{"type":"module"}');
    await writeFile(join(place, 'apps', app, 'src/main.ts'), program);
  }
}
