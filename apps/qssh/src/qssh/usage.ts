export const usage = `usage: qssh [-46AaCfGNnPqsTtVvy] [-b bind_address] [-c cipher_spec] [-E log_file]
            [-e escape_char] [-F configfile] [-i identity_file] [-l login_name]
            [-m mac_spec] [-o option] [-p port] [-Q query_option] [--trace file]
            destination [-c command | command [argument ...]]
`;
