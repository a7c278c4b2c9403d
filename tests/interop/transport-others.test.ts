// Our transport with PuTTY, and in the eyes of ssh-audit.
import { fingerprint } from '@orrery/keys';
import { acceptLogin, type LoginOptions } from '@orrery/ssh';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { commandServer, serveCommands } from './stage/commands.ts';
import { makeFolder } from './stage/folder.ts';
import { listen } from './stage/ssh.ts';

const home = makeFolder();
const { hostKeys, authenticator } = commandServer;
const data = Buffer.concat([randomBytes(300_000), Buffer.alloc(300_000, 'orrery ')]);

function start(options: LoginOptions): Promise<number> {
  const serve = async (stream: Parameters<typeof acceptLogin>[0]): Promise<void> => {
    await serveCommands(await acceptLogin(stream, options)).ended;
  };
  return listen((stream) => void serve(stream).catch(() => undefined));
}

async function run(program: string, args: readonly string[], input: Buffer | string = '') {
  const child = spawn(program, args, { env: { ...process.env, HOME: home } });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('Transport with PuTTY', () => {
  const settings: readonly Readonly<Record<string, string>>[] = [
    { KEX: 'ntru-curve25519', Cipher: 'aes' },
    { KEX: 'ecdh,ntru-curve25519', Cipher: 'chacha20' },
    { KEX: 'ecdh,ntru-curve25519', Cipher: 'aesgcm' },
    { KEX: 'ecdh,ntru-curve25519', Cipher: 'aesgcm', Compression: '1' },
  ];
  for (const [index, setting] of settings.entries())
    it(`carries data both ways through new keys by ${Object.values(setting).join(' ')}`, async () => {
      const port = await start({ ...commandServer, rekey: { bytes: 0, seconds: 0 } });
      const name = `session-${index}`;
      mkdirSync(join(home, '.putty/sessions'), { recursive: true });
      const lines = Object.entries({ Protocol: 'ssh', RekeyBytes: '200K', ...setting });
      writeFileSync(
        join(home, '.putty/sessions', name),
        lines.map(([key, value]) => `${key}=${value}\n`).join(''),
      );
      const hostKey = fingerprint(hostKeys[0]?.publicKey ?? new Uint8Array(), 'sha256');
      const args = ['-v', '-batch', '-load', name, '-P', `${port}`, '-l', 'ann', '-hostkey', hostKey];
      const { stdout, stderr } = await run('plink', [...args, '127.0.0.1', 'cat'], data);
      assert.equal(digest(stdout), digest(data), stderr);
      assert.match(stderr, /Enabling strict key exchange semantics/);
      assert.ok(stderr.split('Initiating key re-exchange').length > 1, stderr);
    });
});

describe('ssh-audit', () => {
  it('finds no failure in what a server offers by default', async () => {
    const port = await start({ hostKeys, authenticator });
    const { stdout } = await run('ssh-audit', ['--no-colors', '-p', `${port}`, '127.0.0.1']);
    const found = stdout.toString();
    assert.match(found, /banner: SSH-2\.0-Orrery/);
    assert.match(found, /\(enc\) aes256-gcm@openssh\.com/);
    assert.doesNotMatch(found, /\[fail\]/);
  });
});
