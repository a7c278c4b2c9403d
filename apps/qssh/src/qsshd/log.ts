// What the server tells its operator. No secret, and nothing of the other side unescaped.
import { appendFileSync } from 'node:fs';
import { visible } from '@orrery/terminal';
import type { Settings } from '../sshd-config/directives.ts';
import { openSyslog } from '../syslog.ts';

const levels = ['QUIET', 'FATAL', 'ERROR', 'INFO', 'VERBOSE', 'DEBUG', 'DEBUG2', 'DEBUG3'];

export interface Log {
  error(text: string): void;
  info(text: string): void;
  verbose(text: string): void;
  debug(text: string): void;
}

/** Takes one line without its end. */
export type WriteLine = (line: string) => void;

export function createLog(level: string, write: WriteLine): Log {
  const limit = levels.indexOf(level);
  const at = (name: string, prefix: string) => (text: string) => {
    if (levels.indexOf(name) <= limit) write(`${prefix}${visible(text)}`);
  };
  return {
    error: at('ERROR', 'error: '),
    info: at('INFO', ''),
    verbose: at('VERBOSE', ''),
    debug: at('DEBUG', 'debug1: '),
  };
}

/** Lines to standard error, as sshd's with -e. */
export const toStandardError: WriteLine = (line) => void process.stderr.write(`${line}\r\n`);

export function toFile(path: string): WriteLine {
  return (line) => {
    try {
      appendFileSync(path, `${line}\n`);
    } catch {
      // a full disk must not end the server, too
    }
  };
}

/** Lines to the system's log. */
export function toSyslog({ syslogFacility }: Pick<Settings, 'syslogFacility'>): WriteLine {
  return openSyslog('qsshd', syslogFacility);
}
