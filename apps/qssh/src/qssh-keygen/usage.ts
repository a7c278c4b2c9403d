export const usage = `usage: qssh-keygen [-q] [-a rounds] [-b bits] [-C comment] [-f output_keyfile] [-m format]
                   [-N new_passphrase]
                   [-t mldsa44-ed25519 | ed25519 | ecdsa | rsa | sphincs+ | falcon]
       qssh-keygen -p [-a rounds] [-f keyfile] [-m format] [-N new_passphrase] [-P old_passphrase]
       qssh-keygen -i [-f input_keyfile] [-m format] [-P passphrase]
       qssh-keygen -e [-f input_keyfile] [-m format] [-P passphrase]
       qssh-keygen -y [-f input_keyfile] [-P passphrase]
       qssh-keygen -c [-a rounds] [-C comment] [-f keyfile] [-P passphrase]
       qssh-keygen -l [-v] [-E fingerprint_hash] [-f input_keyfile]
       qssh-keygen -B [-v] [-f input_keyfile]
       qssh-keygen -F hostname [-Hlqv] [-f known_hosts_file]
       qssh-keygen -H [-f known_hosts_file]
       qssh-keygen -R hostname [-q] [-f known_hosts_file]
       qssh-keygen -r hostname [-g] [-f input_keyfile]
       qssh-keygen -I certificate_identity -s ca_key [-hqU] [-n principals] [-O option] [-P passphrase]
                   [-t algorithm] [-V validity_interval] [-z serial_number] file ...
       qssh-keygen -L [-f input_keyfile]
       qssh-keygen -k -f krl_file [-qu] [-C comment] [-s ca_public] [-z version_number] file ...
       qssh-keygen -Q [-l] -f krl_file [file ...]
       qssh-keygen -Y sign -f key_file -n namespace [-q] [-O option] [-P passphrase] [file ...]
       qssh-keygen -Y verify -f allowed_signers_file -I signer_identity -n namespace -s signature_file
                   [-q] [-r krl_file] [-O option]
       qssh-keygen -Y check-novalidate -n namespace -s signature_file [-q] [-O option]
       qssh-keygen -Y find-principals -s signature_file -f allowed_signers_file [-O option]
       qssh-keygen -Y match-principals -I signer_identity -f allowed_signers_file
       qssh-keygen -A [-a rounds] [-f prefix_path]
`;
