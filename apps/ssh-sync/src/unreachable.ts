import type { TransportError } from '@orrery/vault';

/** Why a server cannot be reached, and what its user can do. */
export interface Unreachable {
  readonly message: string;
  readonly hint: string;
}

/** Words for a failure of the network; undefined for one that has no better words than its own. */
export function describeUnreachable(error: TransportError): Unreachable | undefined {
  const reason = REASONS[codeOf(error.cause)];
  if (reason === undefined) return undefined;
  return { message: `Cannot reach server "${error.server}": ${reason.why}`, hint: reason.hint };
}

interface Reason {
  readonly why: string;
  readonly hint: string;
}

const TRUST = [
  'if the server is yours or you know its authority: put the certificate of that authority (a self-signed one is its own) into a file, as PEM, and set NODE_EXTRA_CA_CERTS=FILE',
  'this program then trusts every server that has a certificate of that authority; without knowing it, do not go on: somebody may sit between',
].join('\n');
const ROUTE = 'is this machine online, and is a VPN or a firewall between?';
const NAME =
  'is this machine online, and is the name right? to use another address: ssh-sync setup --server URL';

const selfSigned: Reason = { why: 'its certificate is self-signed', hint: TRUST };
const unknownAuthority: Reason = {
  why: 'its certificate comes from an authority that this machine does not know',
  hint: TRUST,
};
const unknownName: Reason = { why: 'its name is not known (DNS)', hint: NAME };
const noRoute: Reason = { why: 'no way leads there', hint: ROUTE };
const brokenOff: Reason = {
  why: 'it broke the connection off',
  hint: 'is it an ssh-sync server, and does it want https:// instead of http://?',
};

/** By the codes of Node.js, which are those of the system and of OpenSSL. */
const REASONS: Readonly<Record<string, Reason>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'its certificate is for another name',
    hint: 'use a name that the certificate has (ssh-sync setup --server URL), or let the operator of the server get one for this name',
  },
  CERT_HAS_EXPIRED: {
    why: 'its certificate has expired',
    hint: 'the operator of the server must renew it; if it is valid, this machine has a wrong clock',
  },
  CERT_NOT_YET_VALID: {
    why: 'its certificate is not valid yet',
    hint: 'is the clock of this machine right?',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    why: 'it does not speak TLS there',
    hint: 'is it http:// instead of https://, or another port?',
  },
  EPROTO: { why: 'it does not speak TLS there', hint: 'is it http:// instead of https://, or another port?' },
  ECONNREFUSED: {
    why: 'the connection was refused',
    hint: 'is the server running, and is the port right? to use another address: ssh-sync setup --server URL',
  },
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
  ETIMEDOUT: { why: 'it does not answer', hint: ROUTE },
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
  HPE_INVALID_CONSTANT: brokenOff,
};

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
