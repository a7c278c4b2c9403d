// The listener as a process: in the background, or in this one; its signals and its file with the pid.
import { rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { evaluate } from '../../sshd-config/evaluate.ts';
import type { Settings } from '../../sshd-config/directives.ts';
import { AGENT_VARIABLE } from '../../sshd-config/host-keys.ts';
import { parseFlags, type Flags } from '../flags.ts';
import { loadConfig } from '../load-config.ts';
import { reasonOf } from '../../copy/reason.ts';
import { createLog, toFile, toStandardError, toSyslog, type Log, type WriteLine } from '../log.ts';
import { startRole } from '../role.ts';
import { closeInherited } from './close-inherited.ts';
import { serveInetd } from './inetd.ts';
import { Listener } from './listener.ts';

/** Starts the server in the background, and returns when it listens. */
export async function startDaemon(argv: readonly string[]): Promise<number> {
  const child = startRole('server', argv, {
    // Whoever waits for the end of what this process writes must not wait for the server.
    stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'ipc'],
    detached: true,
    // Paths on the command line are meant from here.
    cwd: process.cwd(),
    variables: [AGENT_VARIABLE],
  });
  child.stderr?.pipe(process.stderr);
  const began = once(child, 'message').then(() => 0);
  const failed = once(child, 'close').then(([code]) => (typeof code === 'number' && code !== 0 ? code : 1));
  const code = await Promise.race([began, failed]);
  if (child.connected) child.disconnect();
  child.stderr?.destroy();
  child.unref();
  return code;
}

/** Runs the server until it is told to stop. */
export async function runDaemon(argv: readonly string[]): Promise<number> {
  closeInherited();
  process.stderr.on('error', () => undefined); // whoever reads the log may be gone, or its disk full
  const flags = parseFlags(argv);
  process.chdir('/');
  const config = loadConfig(flags);
  const settings = evaluate(config);
  const write = writer(flags, settings);
  const log = createLog(flags.isQuiet ? 'QUIET' : settings.logLevel, write);
  if (flags.isInetd) return serveInetd(config, log);
  const listener = new Listener({
    read: () => loadConfig(flags),
    listen: flags.listen,
    log,
    isSingle: flags.isDebug,
  });
  await listener.start(config);
  writePidFile(settings, log);
  // Node.js would open a debugger, for everybody on this machine.
  process.on('SIGUSR1', () => undefined);
  process.on('SIGHUP', () => {
    log.info('Received SIGHUP; restarting.');
    void listener.reload().then(() => writePidFile(settings, log));
  });
  const ended = Promise.race([listener.ended, once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  process.send?.('listening', () => process.disconnect?.());
  await ended;
  log.info('Received signal 15; terminating.');
  listener.stop();
  if (settings.pidFile !== undefined) rmSync(settings.pidFile, { force: true });
  // Nothing that still waits here matters to anybody.
  setTimeout(() => process.exit(0), 100).unref();
  return 0;
}

function writer(flags: Flags, settings: Settings): WriteLine {
  if (flags.logFile !== undefined) return toFile(flags.logFile);
  if (flags.logsToStandardError) return toStandardError;
  return toSyslog(settings);
}

function writePidFile({ pidFile }: Settings, log: Log): void {
  if (pidFile === undefined) return;
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o644 });
  } catch (error) {
    const text = `Couldn't create pid file "${pidFile}": ${reasonOf(error)}`;
    // Without root nobody expects it where the system's are.
    if (process.getuid?.() === 0) log.error(text);
    else log.debug(text);
  }
}
