// What the system's programs say of a name: they alone know all sources that nsswitch.conf(5) names.
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Where the programs are that root asks, whoever started the server and however. */
const SYSTEM_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';

/** Longest answer, in bytes. */
const MAX_ANSWER = 1024 * 1024;

/** How long after an answer the next shell is started, in milliseconds: a login that is under way goes first. */
const PAUSE = 100;

/**
 * A zero byte stands between the answers, which have none. Groups are asked for by number: id(1) writes spaces between names,
 * which may have spaces in them. Somebody without any is none of this machine, and is asked about all the same.
 */
const script = String.raw`
read -r name || exit
getent passwd "$name"; printf '\0'
getent shadow "$name"; printf '\0'
ids=$(id -G -- "$name" || echo 65534)
getent group $ids | cut -d: -f1`;

export interface SystemAnswers {
  /** Lines of passwd(5) and shadow(5); empty: there is none. */
  readonly passwd: string;
  readonly shadow: string;
  /** Names, in which there may be spaces. */
  readonly groups: readonly string[];
}

/** Takes one name, answers and ends. */
interface Shell {
  ask(name: string): Promise<string>;
}

/** This process is large, and takes several milliseconds to start another: one is there before it is needed. */
let waiting: Shell | undefined;

/** @param name No option, and nothing but what can be in a name: it goes to a shell, as data. */
export async function askSystem(name: string): Promise<SystemAnswers> {
  const shell = waiting ?? startShell();
  waiting = undefined;
  const [passwd = '', shadow = '', groups = ''] = (await shell.ask(name)).split('\0');
  setTimeout(prepare, PAUSE).unref();
  return { passwd, shadow, groups: groups.split('\n').filter((group) => group !== '') };
}

function prepare(): void {
  try {
    waiting ??= startShell();
  } catch {
    // the system has no room for it now
  }
}

/** @throws {Error} if the system has no room for another process, or none for its pipes. */
function startShell(): Shell {
  const child = spawn('/bin/sh', ['-c', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: '/',
    env: { PATH: SYSTEM_PATH },
  });
  child.on('error', () => undefined);
  if (child.pid === undefined)
    throw new Error('Cannot look up an account: the system has no room for a process');
  const { stdin, stdout } = child;
  let text = '';
  const ended = new Promise<void>((resolve) => child.once('close', resolve).once('error', () => resolve()));
  stdin.on('error', () => undefined);
  stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (text.length > MAX_ANSWER) child.kill('SIGKILL');
  });
  const shell: Shell = {
    ask: async (name) => {
      child.ref();
      for (const stream of [stdin, stdout]) if (stream instanceof Socket) stream.ref();
      stdin.end(`${name}\n`);
      await ended;
      return text;
    },
  };
  void ended.then(() => (waiting = waiting === shell ? undefined : waiting));
  // Whoever has nothing else to do ends, and the shell with it.
  child.unref();
  for (const stream of [stdin, stdout]) if (stream instanceof Socket) stream.unref();
  return shell;
}
