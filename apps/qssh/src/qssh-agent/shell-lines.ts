// What a shell is to evaluate.

export type Shell = 'sh' | 'csh';

export const SOCKET_VARIABLE = 'SSH_AUTH_SOCK';
export const PID_VARIABLE = 'SSH_AGENT_PID';

export function startLines(shell: Shell, socket: string, pid: number): string {
  return `${setLine(shell, SOCKET_VARIABLE, socket)}${setLine(shell, PID_VARIABLE, String(pid))}echo Agent pid ${pid};\n`;
}

/** For an agent in the foreground, which is ended where it runs. */
export function foregroundLines(shell: Shell, socket: string, pid: number): string {
  return `${setLine(shell, SOCKET_VARIABLE, socket)}echo Agent pid ${pid};\n`;
}

export function endLines(shell: Shell, pid: number): string {
  const unset = shell === 'csh' ? 'unsetenv' : 'unset';
  return `${unset} ${SOCKET_VARIABLE};\n${unset} ${PID_VARIABLE};\necho Agent pid ${pid} killed;\n`;
}

function setLine(shell: Shell, name: string, value: string): string {
  return shell === 'csh' ? `setenv ${name} ${value};\n` : `${name}=${value}; export ${name};\n`;
}
