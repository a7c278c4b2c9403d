// The messages of RFC 4252 and RFC 4256, in the order of their numbers.
import { boolean, list, nameList, string, struct, text, type Codec } from '@orrery/bytes';
import type { Message } from '../transport/messages.ts';

/** Bytes of user names, of a banner, and of keys and signatures. */
const MAX_USER = 1024;
const MAX_BANNER = 200_000;
const MAX_KEY = 65_536;
const MAX_SECRET = 4096;

function message<T>(number: number, name: string, codec: Codec<T>): Message<T> {
  return { number, name, codec };
}

/** The service that authentication is for. */
export const CONNECTION = 'ssh-connection';
/** The service that authenticates. */
export const USERAUTH = 'ssh-userauth';

const request = { user: text(MAX_USER), service: text(64), method: text(64) };

/** RFC 4252, section 5. What follows `method` is the method's. */
export const requestHead = struct(request);

const REQUEST = [50, 'SSH_MSG_USERAUTH_REQUEST'] as const;

export const requestNone = message(...REQUEST, struct(request));

const key = { signed: boolean, algorithm: text(128), key: string(MAX_KEY) };

/** RFC 4252, section 7: with `signed` false only a question, with true the signature follows. */
export const requestKey = message(...REQUEST, struct({ ...request, ...key }));

/** OpenSSH's PROTOCOL, section 3.1: the signature says which host it is for. */
export const requestKeyForHost = message(
  ...REQUEST,
  struct({ ...request, ...key, hostKey: string(MAX_KEY) }),
);
export const HOST_BOUND = 'publickey-hostbound-v00@openssh.com';

export const signatureString = string(MAX_KEY);

/** RFC 4252, section 8. `change`: a new password follows. */
export const requestPassword = message(
  ...REQUEST,
  struct({ ...request, change: boolean, password: string(MAX_SECRET) }),
);
export const replacementString = string(MAX_SECRET);

/** RFC 4256, section 3.1. */
export const requestInteractive = message(
  ...REQUEST,
  struct({ ...request, language: string(64), submethods: text(1024) }),
);

export const failure = message(
  51,
  'SSH_MSG_USERAUTH_FAILURE',
  struct({ methods: nameList(4096), partial: boolean }),
);
export const SUCCESS = 52;
export const banner = message(
  53,
  'SSH_MSG_USERAUTH_BANNER',
  struct({ text: text(MAX_BANNER), language: string(64) }),
);

/** RFC 4252, section 7. */
export const keyOk = message(
  60,
  'SSH_MSG_USERAUTH_PK_OK',
  struct({ algorithm: text(128), key: string(MAX_KEY) }),
);

/** RFC 4252, section 8. */
export const passwordChange = message(
  60,
  'SSH_MSG_USERAUTH_PASSWD_CHANGEREQ',
  struct({ prompt: text(MAX_BANNER), language: string(64) }),
);

/** RFC 4256, section 3.2. */
export const infoRequest = message(
  60,
  'SSH_MSG_USERAUTH_INFO_REQUEST',
  struct({
    name: text(MAX_USER),
    instruction: text(MAX_BANNER),
    language: string(64),
    prompts: list(struct({ prompt: text(MAX_BANNER), echo: boolean }), 64),
  }),
);
export const infoResponse = message(
  61,
  'SSH_MSG_USERAUTH_INFO_RESPONSE',
  struct({ responses: list(string(MAX_SECRET), 64) }),
);

/** What to ask of a person (RFC 4256, section 3.2). None of its texts is to be printed as it is. */
export interface Question {
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly { readonly prompt: string; readonly echo: boolean }[];
}
