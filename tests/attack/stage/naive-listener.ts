// The control: a process that sends sockets as Node has it, and so reads what the other side of the channel says.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const child = spawn(
  process.execPath,
  ['--no-warnings', join(import.meta.dirname, 'hostile-session.ts'), '--attack', process.argv[2] ?? ''],
  {
    stdio: ['ignore', 'ignore', 'inherit', 'ignore', 'ipc'],
  },
);
child.on('exit', () => {
  process.stdout.write(`${Math.round(process.memoryUsage.rss() / 2 ** 20)}\n`);
});
