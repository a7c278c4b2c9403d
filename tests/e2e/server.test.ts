import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { enrol } from '../attack/stage/account.ts';
import { makeCertificate } from './stage/certificate.ts';
import { newDatabase, setupAt, withServer } from './stage/own-server.ts';
import type { Server } from './stage/server.ts';
import { linesOf, runs, Stage } from './stage/stage.ts';

const stage = await Stage.build();

describe('ssh-sync-server --registration', () => {
  it('token: takes accounts only from those who have its token', async () => {
    const token = join(stage.folder, 'token');
    const wrong = join(stage.folder, 'wrong-token');
    writeFileSync(token, 'the secret of this server\n', { mode: 0o600 });
    writeFileSync(wrong, 'a guess\n');
    await withServer(newDatabase(stage), ['--registration', `token:@${token}`], async ({ url }) => {
      const machine = stage.stranger('laptop');
      const words = setupAt(url, machine);
      const hint =
        'hint: ask its operator for the registration token, write it to a file, and repeat with --registration-token-file FILE';
      assert.equal(linesOf((await runs(machine, words, 1)).err).at(-1), hint);
      const refused = await runs(machine, [...words, '--registration-token-file', wrong, '-v'], 1);
      assert.doesNotMatch(refused.out + refused.err, /a guess/);
      await runs(machine, [...words, '--registration-token-file', token]);
    });
  });

  it('closed: takes no accounts, and serves those that it has', async () => {
    const database = newDatabase(stage);
    const [laptop, desktop] = [stage.stranger('laptop'), stage.stranger('desktop')];
    let known = 0;
    await withServer(database, [], async ({ url, port }) => {
      known = port;
      await runs(laptop, setupAt(url, laptop));
    });
    const serve = async ({ url }: Server): Promise<void> => {
      const { err } = await runs(desktop, [...setupAt(url, desktop), '--username', 'bob'], 1);
      assert.match(err, /the server answered 403: Cannot create account: this server takes no new ones\n/);
      await enrol(laptop, desktop);
      laptop.write('note', '1');
      await runs(laptop, ['sync']);
      await runs(desktop, ['sync']);
      assert.equal(desktop.read('note'), '1');
    };
    await withServer(database, ['--registration', 'closed'], serve, known);
  });
});

describe('ssh-sync with a server that uses TLS', () => {
  const files = makeCertificate(stage.folder);
  const flags = ['--tls-cert', files.certificate, '--tls-key', files.key];

  it('works with a certificate of an authority of your own, and refuses it until told', async () => {
    await withServer(newDatabase(stage), flags, async ({ url }) => {
      assert.match(url, /^https:/);
      const machine = stage.stranger('laptop');
      const [what, cause, hint = ''] = linesOf((await runs(machine, setupAt(url, machine), 1)).err);
      assert.equal(
        what,
        `ssh-sync: cannot reach server "${url}": its certificate comes from an authority that this machine does not know`,
      );
      assert.match(cause ?? '', /^cause: unable to verify the first certificate/);
      assert.match(hint, /set NODE_EXTRA_CA_CERTS=FILE/);
      const start = { environment: { NODE_EXTRA_CA_CERTS: files.authority } };
      await runs(machine, ['setup'], 0, start);
      machine.write('note', '1');
      await runs(machine, ['sync'], 0, start);
      await runs(machine, ['sync'], 1);
    });
  });

  it('refuses a certificate for another name, and says so if the URL has the wrong scheme', async () => {
    await withServer(newDatabase(stage), flags, async ({ url, port }) => {
      const machine = stage.stranger('laptop');
      const start = { environment: { NODE_EXTRA_CA_CERTS: files.authority } };
      const say = async (server: string): Promise<string | undefined> =>
        linesOf((await runs(machine, setupAt(server, machine), 1, start)).err)[0];
      const other = `https://localhost:${port}`;
      assert.equal(
        await say(other),
        `ssh-sync: cannot reach server "${other}": its certificate is for another name`,
      );
      const plain = url.replace('https', 'http');
      assert.equal(await say(plain), `ssh-sync: cannot reach server "${plain}": it broke the connection off`);
      const secure = stage.server.url.replace('http', 'https');
      assert.equal(
        await say(secure),
        `ssh-sync: cannot reach server "${secure}": it does not speak TLS there`,
      );
    });
  });
});
