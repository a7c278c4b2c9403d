// What an agent is asked, and what it answers.
import { duplexPair } from 'node:stream';
import { Writer, concat } from '@orrery/bytes';
import type { LoadTarget } from '../target.ts';

async function testKey() {
  const { rawPrivateKey } = await import('@orrery/keys');
  return rawPrivateKey('ssh-ed25519', new Uint8Array(32).fill(1), 'one');
}

const comment = new Writer().text('one').finish();

function frame(...parts: readonly Uint8Array[]): Uint8Array {
  return new Writer().string(concat(...parts)).finish();
}

/** A stream of requests, to an agent whose keys never change by what is malformed. */
export const agentRequests: LoadTarget = async () => {
  const { AgentServer } = await import('../../../packages/ssh/src/agent/server.ts');
  const { KeyStore } = await import('../../../packages/ssh/src/agent/key-store.ts');
  const key = await testKey();
  const name = new Writer().text('session-bind@openssh.com').finish();
  const fields = new Writer().string(key.publicKey).string(new Uint8Array(32)).string(key.publicKey);
  return {
    run: async (input) => {
      const [ours, theirs] = duplexPair();
      const served = new AgentServer({ store: new KeyStore(), confirm: async () => true }).serve(theirs);
      ours.on('error', () => undefined).resume();
      ours.end(input.slice());
      await served;
    },
    refuses: () => false,
    seeds: [
      concat(frame(Uint8Array.of(17), key.secret, comment), frame(Uint8Array.of(11))),
      frame(Uint8Array.of(25), key.secret, comment, Uint8Array.of(1, 0, 0, 0, 9, 2)),
      frame(Uint8Array.of(27), name, fields.boolean(true).finish()),
      frame(Uint8Array.of(13), new Writer().string(key.publicKey).string(comment).uint32(4).finish()),
      frame(Uint8Array.of(18), new Writer().string(key.publicKey).finish()),
    ],
    words: ['ssh-ed25519', 'ssh-rsa', 'restrict-destination-v00@openssh.com'],
  };
};

/** A stream of answers. */
export const agentAnswers: LoadTarget = async () => {
  const { AgentClient } = await import('../../../packages/ssh/src/agent/client.ts');
  const { AgentError } = await import('../../../packages/ssh/src/agent/agent-error.ts');
  const key = await testKey();
  const listed = new Writer().byte(12).uint32(1).string(key.publicKey).text('one').finish();
  const names = new Writer().byte(29).text('query').text('session-bind@openssh.com').finish();
  return {
    run: async (input) => {
      const [ours, theirs] = duplexPair();
      const client = new AgentClient(ours);
      theirs.on('error', () => undefined).resume();
      theirs.end(input.slice());
      await client.list();
      await client.extensions();
      await client.sign(key.publicKey, comment, 'ssh-ed25519');
    },
    refuses: (error) => error instanceof AgentError,
    seeds: [
      concat(frame(listed), frame(names)),
      concat(frame(listed), frame(names), frame(new Writer().byte(14).string(key.publicKey).finish())),
    ],
  };
};
