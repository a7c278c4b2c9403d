import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const source = new URL('../src/', import.meta.url).href;
const environment = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };

/** Arguments of Node for a small program that has this package as `disk` and Node's file system as `fs`. */
function programArguments(code: string): string[] {
  const imports = `import * as fs from 'node:fs'; import * as disk from '${source}index.ts';
    import { withTemporary } from '${source}temporary.ts';`;
  return ['--input-type=module', '--eval', `${imports} ${code}`];
}

/** Starts the program and resolves with it as soon as it prints something. */
export async function startProgram(code: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, programArguments(code), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  await once(child.stdout, 'data');
  return child;
}

/** Kills it as `kill -9` does, and resolves when nothing of it is left. */
export async function killProgram(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/**
 * Runs the program, behind the words of another command if there are any (`strace -e ...`), and resolves with what it
 * printed, however it ends. `watch` is told what has come on standard error so far.
 */
export function runProgram(
  code: string,
  command: readonly string[] = [],
  watch: (trace: string) => void = () => {},
): Promise<{ output: string; trace: string }> {
  const [file = '', ...rest] = [...command, process.execPath, ...programArguments(code)];
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, { env: environment, timeout: 20_000 }, (error, output, trace) => {
      if (error?.code === 'ENOENT') reject(new Error(`Cannot run "${file}": it is not installed`));
      else resolve({ output, trace });
    });
    let trace = '';
    child.stderr?.on('data', (text: string) => watch((trace += text)));
  });
}

/**
 * Runs the program, stops it right after the call that the words for strace tell (`ACTION` in them is the stopping),
 * does something meanwhile, and lets it go on. Resolves with what it printed.
 */
export async function interruptProgram(
  code: string,
  place: readonly string[],
  meanwhile: () => void,
): Promise<string> {
  const strace = ['strace', ...place.map((word) => word.replace('ACTION', 'signal=STOP'))];
  let isStopped = false;
  const { output, trace } = await runProgram(
    `fs.writeSync(2, 'pid ' + process.pid); ${code}`,
    strace,
    (text) => {
      if (isStopped || !text.includes('--- stopped by SIGSTOP ---')) return;
      isStopped = true;
      try {
        meanwhile();
      } finally {
        process.kill(Number(/pid (\d+)/.exec(text)?.[1]), 'SIGCONT');
      }
    },
  );
  if (!isStopped)
    throw new Error(`Cannot stop the program at ${place.join(' ')}: no such call in ${trace.slice(-500)}`);
  return output;
}
