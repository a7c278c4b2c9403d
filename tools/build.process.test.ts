import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import manifest from '../package.json' with { type: 'json' };
import { build } from './build.ts';
import { oldNode } from './old-node.ts';
import { withFiles } from './scratch.ts';

const root = join(import.meta.dirname, '..');
const main = `
import dependency from 'dependency';
import manifest from '../package.json' with { type: 'json' };

export async function main([command]: string[]): Promise<number> {
  if (command === '--version') console.log(manifest.version);
  if (command === 'dependency') console.log(dependency);
  if (command === 'lazy') console.log((await import('./lazy.ts')).default);
  if (command === 'builtins') console.log((process as { moduleLoadList?: string[] }).moduleLoadList?.includes('NativeModule http'));
  return 7;
}
`;
const checkout = {
  'package.json': '{"name":"orrery","version":"1.2.3","license":"Apache-2.0"}',
  LICENSE: 'ours',
  'apps/ssh-sync/package.json': '{"version":"1.2.3","type":"module"}',
  'apps/ssh-sync/src/main.ts': main,
  'apps/ssh-sync/src/lazy.ts': `import { METHODS } from 'node:http';\nconsole.log(METHODS.includes('GET'));\nexport default 'lazy';\n`,
  'node_modules/dependency/package.json':
    '{"name":"dependency","version":"4.5.6","license":"MIT","main":"index.cjs"}',
  'node_modules/dependency/index.cjs': `module.exports = require('node:path').basename('/a/dependency');\n`,
  'node_modules/dependency/LICENSE': 'Copyright somebody',
};

test('build makes programs that need nothing of the checkout but a Node.js', async () => {
  await withFiles(checkout, async (folder) => {
    cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
    const dist = join(folder, 'dist');
    assert.deepEqual(await build(folder, dist), ['ssh-sync']);
    for (const part of ['apps', 'bin', 'node_modules', 'package.json'])
      rmSync(join(folder, part), { recursive: true });
    const platform = `node_modules/node-${process.platform}-${process.arch}`;
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(join(root, platform), join(folder, platform));

    const run = (...command: readonly string[]): [number | null, string] => {
      const env = { ...process.env, HOME: folder, NODE_COMPILE_CACHE: undefined };
      const { status, stdout } = spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8', env });
      return [status, stdout];
    };
    const launcher = join(dist, 'bin/ssh-sync');
    assert.deepEqual(run(process.execPath, launcher, '--version'), [7, '1.2.3\n']);
    assert.deepEqual(run(oldNode ?? process.execPath, launcher, '--version'), [7, '1.2.3\n']);
    assert.deepEqual(run(launcher, 'dependency'), [7, 'dependency\n']);
    assert.deepEqual(run(launcher, 'lazy'), [7, 'true\nlazy\n']);
    assert.deepEqual(
      run(launcher, 'builtins'),
      [7, 'false\n'],
      'node:http is loaded only with what imports it',
    );
    assert.deepEqual(run(process.execPath, join(dist, 'ssh-sync.cjs'), '--version'), [7, '1.2.3\n']);
    assert.match(run(join(dist, 'bin/orrery'))[1], /^Orrery 1\.2\.3\n\n {2}ssh-sync  .*\n\nRun/);
  });
});

test('build leaves a file and its parts for each program, and the licences of what is inside', async () => {
  await withFiles(checkout, async (folder) => {
    cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
    const dist = join(folder, 'dist');
    await build(folder, dist);
    assert.deepEqual(readdirSync(dist).toSorted(), [
      'LICENSE',
      'THIRD-PARTY-LICENCES',
      'bin',
      'package.json',
      'ssh-sync',
      'ssh-sync.cjs',
    ]);
    assert.equal(
      readFileSync(join(dist, 'THIRD-PARTY-LICENCES'), 'utf8'),
      'dependency 4.5.6 (MIT)\n\nCopyright somebody\n\n',
    );
  });
});

test('build makes every program of this repository', async () => {
  await withFiles({}, async (folder) => {
    const programs = await build(root, folder);
    assert.deepEqual(
      programs.join(' '),
      'ssh-sync ssh-sync-server qssh qsshd qscp qsftp qsftp-server qssh-passwd qssh-agent qssh-add qssh-keygen',
    );
    const options = { encoding: 'utf8', env: { ...process.env, HOME: folder } } as const;
    for (const program of programs) {
      const words = [join(folder, 'bin', program), '--version'];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, options);
      // The programs of OpenSSH, whose flags those of qssh are, refuse this one in their own name.
      if (program.startsWith('q')) assert.ok(stderr.startsWith(`${program}: `), stderr);
      else assert.deepEqual([program, status, stdout], [program, 0, `${manifest.version}\n`]);
    }
  });
});

test('build refuses an import that it cannot resolve', async () => {
  const broken = { ...checkout, 'apps/ssh-sync/src/lazy.ts': `export { default } from 'missing';\n` };
  await withFiles(broken, async (folder) => {
    cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
    await assert.rejects(build(folder, join(folder, 'dist')), /missing/);
  });
});
