import type { Readable } from 'node:stream';
import {
  type ClientSession,
  type Exit,
  giveBack,
  openSftp,
  type SftpClient,
  SftpError,
  SshError,
} from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import type { Connected } from '../qssh/connect-to.ts';
import { explain } from '../qssh/explain.ts';
import { failureAt } from '../qssh/failure.ts';
import type { Log } from '../qssh/log.ts';
import { sendVariables } from '../qssh/session/environment.ts';
import type { Server } from './server.ts';

/** Begins SFTP over a connection, which ends with it; if it is lost, that is told. @throws {Error} with a reason */
export async function openFiles({ client, line, config }: Connected, log: Log): Promise<Server> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
    client.close();
  };
  client.closed.catch((cause: unknown) => {
    if (!isOver) explain(failureAt(config.host, cause), log);
  });
  try {
    const session = await client.session();
    client.noMoreSessions();
    sendVariables(session, config.settings, log);
    const sftp = await begin(session, line.command, line.overrides.get('sessiontype') === 'subsystem');
    return {
      sftp,
      end: async () => {
        await sftp.close();
        await session.exit;
        end();
      },
    };
  } catch (cause) {
    end();
    throw cause instanceof SshError ? new Error('Connection closed', { cause }) : cause;
  }
}

/** Asks for SFTP, and begins it in the same flight. */
async function begin(session: ClientSession, command: string, isSubsystem: boolean): Promise<SftpClient> {
  const { channel } = session;
  const started = isSubsystem ? session.subsystem(command) : session.exec(command);
  showErrors(session.stderr);
  const opening = openSftp(channel);
  opening.catch(() => undefined); // it is told below, unless there is more to tell
  // SFTP, which hears of them first, has done with the bytes when it returns.
  channel.on('data', giveBack);
  if (!(await started))
    throw new Error(`Connection closed: ${isSubsystem ? 'subsystem' : 'exec'} request failed on channel 0`);
  try {
    return await opening;
  } catch (cause) {
    if (!(cause instanceof SftpError) || cause.code !== 'connectionLost') throw cause;
    session.close();
    throw new Error(`Connection closed${endingOf(command, await session.exit)}`, { cause });
  }
}

/** What the other side's program says. Standard error has listeners of its own: it gets none for each of many servers. */
function showErrors(from: Readable): void {
  from.on('data', (bytes: Uint8Array) => {
    process.stderr.write(bytes);
    if (!process.stderr.writableNeedDrain) return;
    from.pause();
    process.stderr.once('drain', () => from.resume());
  });
}

function endingOf(command: string, exit: Exit | undefined): string {
  if (exit === undefined) return '';
  const how = 'code' in exit ? `exit code ${exit.code}` : visible(exit.signal);
  return `: the server's "${command}" ended with ${how}`;
}
