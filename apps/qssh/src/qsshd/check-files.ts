// -t: files that keep people out as long as they cannot be read. sshd says nothing of them before somebody logs in.
import { FormatError } from '@orrery/bytes';
import { DiskError } from '@orrery/disk';
import { MAX_KRL, parseRevokedKeys } from '@orrery/keys';
import { maxAuthorizedKeysBytes } from '@orrery/sshfiles';
import { failureText } from '../copy/reason.ts';
import { directives } from '../sshd-config/directives.ts';
import type { Item } from '../sshd-config/parse.ts';
import { passwordsIn } from './monitor/passwords.ts';
import { readServerFile } from './monitor/server-file.ts';
