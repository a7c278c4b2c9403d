// -i: the connection is standard input and output, and the server ends with it.
import type { SshdConfig } from '../../sshd-config/parse.ts';
import type { Log } from '../log.ts';
import { Service } from './service.ts';

/** Who is at the other end, where the system does not know it: a ProxyCommand's pipes have no address. */
const UNKNOWN = {
  address: 'UNKNOWN',
  port: 65_535,
  host: 'UNKNOWN',
  localAddress: 'UNKNOWN',
  localPort: 65_535,
};

export async function serveInetd(config: SshdConfig, log: Log): Promise<number> {
  const service = await Service.start(config, { usesStdio: true, log });
  const closed = Promise.withResolvers<void>();
  const { ending } = await service.serve(UNKNOWN, undefined, () => closed.resolve());
  service.stop();
  await closed.promise;
  service.release();
  return ending === 'granted' ? 0 : 255;
}
