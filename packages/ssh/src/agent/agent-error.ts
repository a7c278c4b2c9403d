export type AgentProblem =
  /** The agent said no, and does not say why. */
  | 'refused'
  /** The connection ended. */
  | 'closed'
  /** What the agent said makes no sense. */
  | 'malformed';

/** An agent did not do what it was asked for. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentProblem;

  constructor(code: AgentProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
