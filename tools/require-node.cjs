// Runs before everything else, in the syntax of old versions: below this version node would know neither
// the tests' language nor their file ending, find no test, and report success.
'use strict';

var needed = 26;
var found = process.versions.node;

if (Number(found.split('.')[0]) < needed) {
  console.error('Node.js ' + needed + ' or later is needed, this is ' + found + '.');
  console.error(
    'Run "npm ci" without --omit=optional: it brings Node.js ' + needed + ' for this project alone.',
  );
  console.error('Then start tools through npm ("npm test", "npm run check"), which puts that Node.js first.');
  process.exit(1);
}
