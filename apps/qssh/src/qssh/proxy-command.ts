import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { ClientConfig } from '../config/load-config.ts';
import { commonTokens, expandTokens } from '../config/tokens.ts';
import { failureText } from '../copy/reason.ts';
import { shielded } from '../copy/shielded.ts';
import type { Log } from './log.ts';
import { openPipes } from './pipes.ts';

/**
 * Runs ProxyCommand: the server is behind its standard input and output. The shell gives way to the command, so that
 * ending the process ends the command.
 * @param isShielded Ctrl-C at the terminal is not for it.
 */
export function openProxy(command: string, { tokens }: ClientConfig, log: Log, isShielded: boolean): Duplex {
  const line = `exec ${expandTokens(command, tokens, commonTokens)}`;
  log.debug(`Executing proxy command: ${line}`);
  const pipes = openPipes();
  const shell = process.env['SHELL'] ?? '/bin/sh';
  const words = [shell, '-c', line];
  const [program = '', ...args] = isShielded ? shielded(words) : words;
  const child = spawn(program, args, { stdio: [pipes.input, pipes.output, 'inherit'] });
  pipes.handOver();
  // It may outlive this process.
  child.unref();
  child.once('error', (cause) => {
    log.error(`qssh: cannot run the proxy command: ${failureText(cause)}`);
    pipes.stream.destroy();
  });
  pipes.stream.once('close', () => child.kill('SIGHUP'));
  return pipes.stream;
}
