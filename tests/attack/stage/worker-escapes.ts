// What a worker might try that is taken over: every way out of a process that Node.js has. All of it is loaded before the
// worker is confined.
import { exec, execSync, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import {
  existsSync,
  readFileSync,
  writeSync,
  readdirSync,
  readlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { open, Session } from 'node:inspector';
import { connect, createServer } from 'node:net';
import { setPriority } from 'node:os';
import { writeHeapSnapshot } from 'node:v8';
import { Worker } from 'node:worker_threads';

type Attempt = (argument: string) => unknown;

/** By name; each returns or resolves if it worked. */
export const escapes: Readonly<Record<string, Attempt>> = {
  readFile: (path) => readFileSync(path, 'latin1'),
  listFolder: (path) => readdirSync(path).join(),
  writeFile: (path) => writeFileSync(path, 'owned'),
  readLink: () => readlinkSync('/proc/self/exe'),
  seeFile: () => {
    if (!existsSync('/etc/passwd')) throw Object.assign(new Error('not seen'), { code: 'UNSEEN' });
  },
  watchFolder: () => watch('/tmp'),
  database: (path) => openDatabase(path),
  heapSnapshot: (path) => writeHeapSnapshot(path),
  report: (path) => process.report.writeReport(path),
  exec: () => execSync('id'),
  execLater: () => settle((done) => exec('id', done)),
  fork: () => fork('/tmp/none.js'),
  execve: () => process.execve?.('/bin/true', ['true']),
  thread: () => new Worker('1', { eval: true }),
  webAssembly: () =>
    new (process.getBuiltinModule('node:wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } }),
  addon: () => process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6'),
  foreignCode: () => import('node:ffi').then(({ dlopen }) => dlopen(null, {})),
  debugger: () => open(0),
  debugSession: () => new Session().connect(),
  listen: () => settle((done) => createServer().once('error', done).listen(0, done)),
  listenLocally: () => settle((done) => createServer().once('error', done).listen('\0orrery-worker', done)),
  connect: (port) => settle((done) => connect(Number(port), '127.0.0.1', done).once('error', done)),
  connectLocally: () => settle((done) => connect('/run/none.socket', done).once('error', done)),
  datagram: () => settle((done) => createSocket('udp4').once('error', done).send('x', 53, '127.0.0.1', done)),
  http: (port) => settle((done) => get(`http://127.0.0.1:${port}`, () => done()).once('error', done)),
  name: () => lookup('localhost'),
  becomeRoot: () => process.setuid?.(0),
  priority: (pid) => setPriority(Number(pid), 5),
  terminate: (pid) => process.kill(Number(pid), 'SIGTERM'),
  /** Makes Node.js open a debugger unless it is told not to. */
  awaken: (pid) => process.kill(Number(pid), 'SIGUSR1'),
  becomeServices: () => process.setuid?.(102),
  speak: (text) => writeSync(2, text),
};

function openDatabase(path: string): void {
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (sqlite === undefined) throw Object.assign(new Error('there is no such module'), { code: 'NO_MODULE' });
  new sqlite.DatabaseSync(path).exec('create table owned (by)');
}

function settle(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) =>
    start((error) => (error instanceof Error ? reject(error) : resolve())),
  );
}

// Without a confinement: what works is told, one line each.
if (import.meta.main) {
  for (let at = 2; at < process.argv.length; at += 2) {
    const [name = '', argument = ''] = process.argv.slice(at, at + 2);
    try {
      await escapes[name]?.(argument);
      console.log(name);
    } catch (error) {
      console.log(name, error);
    }
  }
  process.exit(0);
}
