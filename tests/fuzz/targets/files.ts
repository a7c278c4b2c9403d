// Files that somebody else may have written, and lines that people type.
import { FormatError, utf8 } from '@orrery/bytes';
import type { LoadTarget } from '../target.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

function demandSame(input: Uint8Array, printed: Uint8Array): void {
  if (Buffer.compare(input, printed) !== 0) throw new Error('it is not printed as it was');
}

export const authorizedKeys: LoadTarget = async () => {
  const { authorizedKeysOf, parseAuthorizedKeys, printAuthorizedKeys, refusalReason } =
    await import('@orrery/sshfiles');
  const place = {
    address: '192.0.2.7',
    port: 1,
    host: 'a.example',
    localAddress: '::1',
    localPort: 22,
    now: 0,
  };
  return {
    run: (input) => {
      const file = parseAuthorizedKeys(input);
      demandSame(input, printAuthorizedKeys(file));
      for (const { restrictions } of authorizedKeysOf(file)) refusalReason(restrictions, place);
    },
    refuses: () => false,
    seeds: [
      `# comment\n${KEY} me\n`,
      `from="10.0.0.0/8,*.example,!bad",command="echo \\"x\\"",no-pty ${KEY}\n`,
      `restrict,pty,environment="A=b",expiry-time="20300101",permitopen="[::1]:80",tunnel="1",principals="a" ${KEY}\n`,
      `cert-authority,port-forwarding,no-agent-forwarding ${KEY} two words\r\n`,
    ].map(utf8),
    words: [
      'from="',
      'command="',
      'environment="',
      'expiry-time="',
      'permitopen="',
      'permitlisten="',
      'restrict',
      'cert-authority',
      'tunnel="',
      'verify-required',
      'no-touch-required',
      'principals="',
      '\\"',
      '",',
      KEY,
    ],
  };
};

export const knownHosts: LoadTarget = async () => {
  const { isEntryFor, parseKnownHosts, printKnownHosts } = await import('@orrery/sshfiles');
  return {
    run: (input) => {
      const file = parseKnownHosts(input);
      demandSame(input, printKnownHosts(file));
      for (const line of file.lines) if (line.kind === 'entry') isEntryFor(line, 'host.example');
    },
    refuses: () => false,
    seeds: [
      `host.example,192.0.2.1 ${KEY}\n`,
      `[host.example]:2222 ${KEY} comment\n@revoked * ${KEY}\n@cert-authority *.example ${KEY}\n`,
      `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${KEY}\n# comment\n\n`,
    ].map(utf8),
    words: ['@revoked ', '@cert-authority ', '|1|', '!', '*', '?', '[', ']:', ',', KEY],
  };
};

const OPTIONS =
  'Host Match Port User HostName ProxyCommand IdentityFile LocalForward RemoteForward SendEnv SetEnv Ciphers MACs KexAlgorithms HostKeyAlgorithms EscapeChar RekeyLimit IPQoS ConnectTimeout PermitLocalCommand CanonicalDomains StrictHostKeyChecking RequirePQ PqAlgorithm LogLevel ServerAliveInterval'.split(
    ' ',
  );

/** The form of ssh_config, which loses nothing; and the value of each option as qssh reads it. */
export const sshConfig: LoadTarget = async () => {
  const { parseConfig, printConfig } = await import('@orrery/sshfiles');
  const { ConfigError, readOption } = await import('../../../apps/qssh/src/config/read-config.ts');
  const { Settings } = await import('../../../apps/qssh/src/config/settings.ts');
  const { ValueError } = await import('../../../apps/qssh/src/config/value-error.ts');
  const { spokenAlgorithms } = await import('../../../apps/qssh/src/qssh/spoken.ts');
  const { matches } = await import('../../../apps/qssh/src/config/match.ts');
  const reader = () => ({
    settings: new Settings(),
    originalHost: 'h',
    host: 'h.example',
    localUser: 'u',
    command: '',
    isFinalPass: false,
    wantFinalPass: () => undefined,
    run: () => true,
    home: '/nonexistent',
    spoken: spokenAlgorithms,
    remark: () => undefined,
  });
  return {
    run: (input) => {
      demandSame(input, printConfig(parseConfig(input)));
      const text = Buffer.from(input).toString();
      // Files that are included are read: not by a test.
      if (!/include/i.test(text))
        for (const line of text.split('\n').slice(0, 20)) readOption({ text: line }, reader());
      if (/^\s*match\s/i.test(text)) matches(text.replace(/^\s*match\s/i, ''), reader());
    },
    refuses: (error) => error instanceof ConfigError || error instanceof ValueError,
    seeds: [
      'Host *.example !bad\n  Port 2222\n  User "a b"\nMatch host x exec "true %h"\n\tHostName=y # no\n',
      'match host a,b user !c localuser "x y" all',
      'Match canonical final originalhost * tagged x',
      'LocalForward [::1]:80 a:90\nRemoteForward 8080\nDynamicForward *:1080',
      'RekeyLimit 1G 1h\nIPQoS af21 cs1\nCiphers +aes128-ctr\nMACs -*\nKexAlgorithms ^curve25519-sha256',
      'SendEnv LANG LC_*\nSetEnv A=b "C=d e"\nEscapeChar ^B\nConnectTimeout 1m30s\nRequirePQ kex,host',
    ].map(utf8),
    words: [...OPTIONS, 'yes', 'no', 'none', '%h', '"', '\\', '=', ' # ', '+', '^', '1h30m', '[::1]:80'],
  };
};

/** sshd_config, what holds for a connection, and what -T prints of it. */
export const sshdConfig: LoadTarget = async () => {
  const { ConfigError, parseSshdConfig } = await import('../../../apps/qssh/src/sshd-config/parse.ts');
  const { evaluate, printSettings } = await import('../../../apps/qssh/src/sshd-config/evaluate.ts');
  const { directiveKeys } = await import('../../../apps/qssh/src/sshd-config/directives.ts');
  const facts = {
    user: 'u',
    groups: ['g'],
    host: 'h',
    address: '192.0.2.1',
    localAddress: '::1',
    localPort: 22,
  };
  return {
    run: (input) => {
      const config = parseSshdConfig({ name: 'c', bytes: input }, [], () => []);
      printSettings(evaluate(config, facts));
    },
    refuses: (error) => error instanceof ConfigError,
    seeds: [
      'Port 22\nListenAddress [::1]:2222\nHostKey /a\nMaxStartups 10:30:100\nPerSourcePenalties crash:1h max:2h\n',
      'Match User a,!b Address 10.0.0.0/8\n ForceCommand internal-sftp\n ChrootDirectory /srv/%u\n',
      'Subsystem sftp internal-sftp -f AUTH\nAcceptEnv LANG LC_*\nSetEnv A=b\nAuthenticationMethods publickey,publickey\n',
      'RekeyLimit default 1h\nPerSourceNetBlockSize 32:128\nAllowUsers a@10.* b\nIPQoS none\nPermitUserEnvironment A*\n',
    ].map(utf8),
    words: [
      ...directiveKeys,
      'Match ',
      'all',
      '"',
      '\\',
      'none',
      'yes',
      '1h',
      '10:30:60',
      'authfail:5s',
      '[::]:22',
      'off',
    ],
  };
};

/** Addresses, command lines and patterns that programs take apart. */
export const words: LoadTarget = async () => {
  const { readDestination } = await import('../../../apps/qssh/src/qssh/destination.ts');
  const { OptionError } = await import('../../../apps/qssh/src/qssh/getopt.ts');
  const { readAddress } = await import('../../../apps/qssh/src/copy/remote-address.ts');
  const { splitWords } = await import('../../../apps/qssh/src/copy/words.ts');
  const { expressionOf, isPattern, unescaped } = await import('../../../apps/qssh/src/copy/glob.ts');
  const { isPlainName, nameOf, shown } = await import('../../../apps/qssh/src/copy/names.ts');
  const { parseLine, splitPatterns } = await import('../../../apps/qssh/src/qsftp/parse-line.ts');
  const { splitCommand } = await import('../../../apps/qssh/src/qsshd/monitor/split-command.ts');
  const { matchAddressList, matchPatternList } = await import('@orrery/sshfiles');
  const forms: readonly ((text: string) => void)[] = [
    (text) => void readDestination(text),
    (text) => void readAddress(text, 'scp'),
    (text) => void readAddress(text, 'sftp'),
    (text) => void splitWords(text),
    (text) => {
      if (isPattern(text)) expressionOf(text).test('a'.repeat(40));
      unescaped(text);
    },
    (text) => {
      const name = nameOf(utf8(text));
      if (isPlainName(name) && /^\.{0,2}$|\/|\0/.test(text)) throw new Error('that is no name');
      if (/[\0-\x08\x0b-\x1f\x7f]/.test(shown(name))) throw new Error('it acts on a terminal');
    },
    (text) => void parseLine(text),
    (text) => void splitPatterns(text),
    (text) => void splitCommand(text),
    (text) => void matchPatternList('a.example', text),
    (text) => void matchAddressList('192.0.2.1', text),
  ];
  return {
    run: (input) => forms[(input[0] ?? 0) % forms.length]?.(Buffer.from(input.subarray(1)).toString()),
    refuses: (error) =>
      error instanceof OptionError ||
      error instanceof FormatError ||
      error instanceof SyntaxError ||
      error instanceof RangeError,
    seeds: [
      'ssh://user@host.example:22',
      'user@[::1]:22',
      'scp://user@host/a/b',
      'host:path',
      'get -r "a b" c\\ d',
      '!ls -l',
      '[!a-z]*?\\*',
      '10.0.0.0/8,!::1/128,*.example',
      'a \'b c\' "d\\"e"',
      'ls -1tr *.txt',
    ].flatMap((text) => forms.map((_, at) => Uint8Array.of(at, ...utf8(text)))),
    words: [
      'ssh://',
      'scp://',
      'sftp://',
      '%2f',
      '%00',
      '[',
      ']',
      '*',
      '?',
      '\\',
      '"',
      "'",
      '@',
      ':',
      '..',
      '/',
    ],
  };
};
