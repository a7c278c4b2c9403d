// The system's log. Node.js does not reach it: logger(1) does.
import { spawn, spawnSync } from 'node:child_process';

function argumentsFor(tag: string, facility: string): string[] {
  return ['-t', tag, `--id=${process.pid}`, '-p', `${facility.toLowerCase()}.info`];
}

/** For a process that stays: takes lines without their ends. @param facility Of syslog(3), such as "AUTH". */
export function openSyslog(tag: string, facility: string): (line: string) => void {
  const logger = spawn('logger', argumentsFor(tag, facility), { stdio: ['pipe', 'ignore', 'ignore'] });
  logger.on('error', () => undefined);
  logger.stdin.on('error', () => undefined);
  logger.unref();
  return (line) => void logger.stdin.write(`${line}\n`);
}

/** For a process that may end at once: the lines have gone when this returns. */
export function writeSyslog(tag: string, facility: string, lines: string): void {
  spawnSync('logger', argumentsFor(tag, facility), { input: lines, stdio: ['pipe', 'ignore', 'ignore'] });
}
