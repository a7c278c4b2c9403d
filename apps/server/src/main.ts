import { createTerminal, ExitCode } from '@orrery/terminal';
import { Command, CommanderError } from 'commander';
import { limitFlag, limitNames, limitTexts, standardLimits } from './limits.ts';
import { PROGRAM, VERSION } from './version.ts';

type Options = Readonly<Record<string, unknown>>;

/**
 * Runs `ssh-sync-server` with its arguments (without node and script) and returns the exit code:
 * 0 done, 1 failed, 2 usage.
 */
export async function main(argv: string[]): Promise<number> {
  const terminal = createTerminal({
    program: PROGRAM,
    json: false,
    yes: false,
    verbose: false,
    streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
    noColour: (process.env['NO_COLOR'] ?? '') !== '',
  });
  const program = makeProgram({
    serve: async (options) => {
      const { serve } = await import('./serve.ts');
      await serve(options, (url) => terminal.print(`listening on ${url}`));
    },
    backup: async (file, options) => {
      const { backup } = await import('./backup.ts');
      await backup(file, options);
    },
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return ExitCode.done;
  } catch (error) {
    // Commander has said what is wrong; a help or version that was asked for is no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    return terminal.fail(error);
  }
}

interface Actions {
  readonly serve: (options: Options) => Promise<void>;
  readonly backup: (file: string, options: Options) => Promise<void>;
}

function makeProgram({ serve, backup }: Actions): Command {
  const program = new Command(PROGRAM)
    .description('The server for ssh-sync: it stores what it cannot read, and lets machines meet.')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .option('--listen <host:port>', 'where to listen; port 0 picks a free one', '127.0.0.1:3000')
    .option('--database <sqlite:file>', 'where to store (default: vault.sqlite in the state folder)')
    .option('--registration <policy>', 'open, closed, token:SECRET or token:@FILE', 'open')
    .option('--tls-cert <file>', 'certificate chain (PEM), to serve https')
    .option('--tls-key <file>', 'private key of the certificate (PEM)')
    .option('--trust-proxy', 'believe X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host')
    .option('--origin <url...>', 'by which URLs clients reach this server: their requests are bound to them')
    .option('--metrics <whom>', 'who may read /metrics: local (this machine) or all', 'local')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .addHelpText('after', EXAMPLES)
    .action((options: Options) => serve(options));
  for (const name of limitNames)
    program.option(`${limitFlag(name)} <n>`, `${limitTexts[name]} (default: ${standardLimits[name]})`);
  program
    .command('backup')
    .description('Write a copy of the database, even while it is used.')
    .argument('<file>', 'a file that does not exist yet')
    .addHelpText('after', BACKUP_EXAMPLE)
    .exitOverride()
    .action((file: string, _: Options, command: Command) => backup(file, command.optsWithGlobals()));
  return program;
}

const EXAMPLES = `
Examples:
  ssh-sync-server
  ssh-sync-server --trust-proxy --origin https://sync.example.org`;

const BACKUP_EXAMPLE = `
--database says which one, as for the server itself.

Example:
  ssh-sync-server backup --database sqlite:/var/lib/ssh-sync/db copy`;
