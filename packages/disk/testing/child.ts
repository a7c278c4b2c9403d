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
