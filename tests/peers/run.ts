// npm run peers [-- PART_OF_PATH...]: our programs with peers that Debian 12 does not have yet, and with what people do
// over ssh. The first run makes a Debian 13.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { runTests } from '../../tools/run-tests.ts';
import { makeDebian13 } from './make-debian-13.ts';

const filters = process.argv.slice(2);
const files = globSync(join(import.meta.dirname, '*.peers.ts'))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .toSorted();
try {
  await makeDebian13((text) => console.log(`peers: ${text}`));
  runTests(files, 'peers', filters);
} catch (error) {
  console.error(`peers: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
