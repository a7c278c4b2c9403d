import { writeSync } from 'node:fs';
import type { SftpEvent } from '@orrery/ssh';
import { nameOf, shown } from '../copy/names.ts';
import { openSyslog } from '../syslog.ts';
import type { ServerSettings } from './options.ts';

/** Requests that change nothing and open nothing: told only to those who look for errors. */
const quiet = new Set([
  'lstat',
  'fstat',
  'readdir',
  'realpath',
  'stat',
  'readlink',
  'statvfs',
  'fstatvfs',
  'limits',
]);

/** Writes a line for every request that the level asks for; undefined if it asks for none. */
export function eventLog(settings: ServerSettings): ((event: SftpEvent) => void) | undefined {
  const { logLevel } = settings;
  if (logLevel === 'QUIET' || logLevel === 'FATAL' || logLevel === 'ERROR') return undefined;
  const isDebug = logLevel.startsWith('DEBUG');
  const write = settings.logToErrors ? writeToErrors : openSyslog('qsftp-server', settings.logFacility);
  return (event) => {
    if (isDebug || !quiet.has(event.request)) write(lineOf(event));
  };
}

function lineOf({ request, paths, status }: SftpEvent): string {
  const words = [request, ...paths.map((path) => `"${shown(nameOf(path))}"`)];
  return status === 'ok' ? words.join(' ') : `${words.join(' ')}: ${status}`;
}

function writeToErrors(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Whoever closed standard error does not want to hear about it.
  }
}
