// qsftp at a terminal.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Screen } from '../e2e/stage/screen.ts';
import { makeFolder } from './stage/folder.ts';
import { emptied, OPENSSH_SERVER, ours } from './stage/sftp.ts';

const folder = makeFolder();
const [, program = ''] = ours('qsftp');

function screen(...words: string[]): Screen {
  return new Screen({ home: folder }, [...words, '-D', OPENSSH_SERVER], program);
}

describe('qsftp at a terminal', { concurrency: true }, () => {
  it('asks for commands, completes words and leaves the terminal as it was', async () => {
    const place = emptied(join(folder, 'complete'));
    mkdirSync(join(place, 'some folder'));
    writeFileSync(join(place, 'some folder', 'inside'), 'x');
    const sftp = screen();
    await sftp.until(/sftp> $/);
    sftp.press(`cd ${place}\r`);
    await sftp.until(/sftp> $/);
    sftp.press('ls so\t');
    await sftp.until(/some\\ folder\/$/);
    sftp.press('in\t');
    await sftp.until(/inside $/);
    sftp.press('\r');
    await sftp.until(/\nsome folder\/inside\s+sftp> $/);
    sftp.press('lm\t');
    await sftp.until(/lmkdir $/);
    sftp.press(`${place}/made\r`);
    await sftp.until(/sftp> $/);
    sftp.press('nonsense\r');
    await sftp.until(/Invalid command: "nonsense"\s+sftp> $/i);
    sftp.press('bye\r');
    const { code, restored } = await sftp.ended;
    assert.deepEqual({ code, restored }, { code: 0, restored: true });
    assert.ok(existsSync(join(place, 'made')));
  });

  it('ends a transfer with Ctrl-C, and the session goes on', async () => {
    const place = emptied(join(folder, 'interrupt'));
    writeFileSync(join(place, 'huge'), '');
    truncateSync(join(place, 'huge'), 2 ** 40);
    const sftp = screen('-l', '8000');
    await sftp.until(/sftp> $/);
    sftp.press(`get ${place}/huge ${place}/copy\r`);
    await sftp.until(/huge +0% .* left/);
    sftp.press('\x03');
    await sftp.until(/Interrupted\s+sftp> $/i);
    assert.ok(statSync(join(place, 'copy')).size < 2 ** 32);
    sftp.press('pwd\r');
    await sftp.until(/Remote working directory: .*\s+sftp> $/);
    sftp.press('\x04');
    const { code, restored } = await sftp.ended;
    assert.deepEqual({ code, restored }, { code: 0, restored: true });
  });

  it('takes Ctrl-D during a command as the end of the input after it', async () => {
    const place = emptied(join(folder, 'end'));
    writeFileSync(join(place, 'a'), Buffer.alloc(3_000_000));
    const sftp = screen('-l', '8000');
    await sftp.until(/sftp> $/);
    sftp.press(`get ${place}/a ${place}/b\r`);
    await sftp.until(/a +\d+% .* left/);
    sftp.press('\x04');
    const { code, restored, text } = await sftp.ended;
    assert.deepEqual({ code, restored }, { code: 0, restored: true }, text);
    assert.equal(statSync(join(place, 'b')).size, 3_000_000);
  });

  it('leaves what is typed to a program that it runs', async () => {
    const sftp = screen();
    await sftp.until(/sftp> $/);
    sftp.press('!echo ready; read a; echo "got $a"\r');
    await sftp.until(/\sready\s/);
    sftp.press('words\r');
    await sftp.until(/\sgot words\s+sftp> $/);
    sftp.press('\x04');
    assert.equal((await sftp.ended).code, 0);
  });

  it('shows how much of a file is there, in a line that stays', async () => {
    const place = emptied(join(folder, 'progress'));
    writeFileSync(join(place, 'a'), Buffer.alloc(3_000_000));
    const sftp = screen();
    await sftp.until(/sftp> $/);
    sftp.press(`get ${place}/a ${place}/b\r`);
    await sftp.until(/Fetching [^]*\sa +100% +2\.9MB +.*\/s \d\d:\d\d +\s+sftp> $/);
    sftp.press('exit\r');
    assert.equal((await sftp.ended).code, 0);
  });
});
