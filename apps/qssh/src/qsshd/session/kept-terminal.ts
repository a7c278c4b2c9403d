// A program with a terminal that another process keeps (see terminal-keeper.ts).
import { decode, encode, type Value } from '@orrery/bytes';
import type { Program, ServerSession, Terminal, TerminalSize } from '@orrery/ssh';
import type { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import { variablesOf, type Environment } from './byte-text.ts';
import { keeperNews, keeperOrder } from './keeper-protocol.ts';
import { signals } from './pipes-program.ts';
import type { TerminalPlan } from './terminal-plan.ts';

/** The way to a keeper. */
export interface Keeper {
  /** What is typed and shown. */
  readonly data: Socket;
  readonly control: Socket;
}

/** Runs it, and tells how it ended. @param size As the terminal has it at first. */
export function runInKeptTerminal(
  plan: TerminalPlan,
  { modes }: Terminal,
  size: TerminalSize,
  environment: Environment,
  { control, data }: Keeper,
  session: ServerSession,
): Program {
  const shown = new Promise((resolve) => data.once('end', resolve));
  let isOver = false;
  const end = (news: Value<typeof keeperNews>): void => {
    if (isOver) return;
    isOver = true;
    if (news.kind === 'exited') session.exit({ code: news.code });
    else session.exit({ signal: news.signal.slice(3), coreDumped: false, message: '' });
  };
  const link = new FrameLink(control, {
    take: async (frame) => {
      const news = decode(keeperNews, frame);
      await shown;
      end(news);
    },
    closed: () => end({ kind: 'exited', code: 255 }),
  });
  const order = (value: Value<typeof keeperOrder>): void => link.send(encode(keeperOrder, value));
  data.on('error', () => undefined);
  data.pipe(session.stdout, { end: false });
  session.stdin.pipe(data, { end: false });
  order({
    kind: 'begin',
    ...plan,
    ...size,
    args: plan.args.map((part) => Buffer.from(part)),
    show: [...plan.show],
    modes: Object.entries(modes).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    environment: variablesOf(environment),
  });
  return {
    resize: (changed) => order({ kind: 'resize', ...changed }),
    signal: (signal) => {
      if (signals.has(signal)) order({ kind: 'signal', signal });
      return signals.has(signal);
    },
    sendBreak: () => true,
    hangUp: () => {
      link.close();
      data.destroy();
    },
  };
}
