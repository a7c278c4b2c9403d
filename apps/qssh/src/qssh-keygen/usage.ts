export const usage = `usage: qssh-keygen [-q] [-a rounds] [-b bits] [-C comment] [-f output_keyfile] [-N new_passphrase]
                   [-t mldsa44-ed25519 | ed25519 | ecdsa | rsa | sphincs+ | falcon]
       qssh-keygen -A [-a rounds] [-f prefix_path]
`;
