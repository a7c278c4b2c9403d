export const usage = `usage: qssh-agent [-c | -s] [-Dd] [-a bind_address] [-O option] [-t life]
       qssh-agent [-a bind_address] [-O option] [-t life] command [arg ...]
       qssh-agent [-c | -s] -k
`;
