'use strict';

const { lstatSync, mkdirSync, realpathSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');

/**
 * The folder for V8's code cache, made if it is missing, or undefined where none may be used. What lies in such a
 * folder is run: whoever can write there commands the program, so nobody but this user may be able to.
 * @param {string} root
 * @param {boolean} isSource a checkout keeps the cache in its node_modules, a build in the user's cache folder
 * @returns {string | undefined}
 */
function compileCacheFolder(root, isSource) {
  try {
    const folder = isSource
      ? join(realpathSync(root), 'node_modules', '.cache', 'orrery')
      : join(realpathSync(homedir()), '.cache', 'orrery');
    const uid = process.getuid?.();
    if (uid === undefined || !isPrivate(dirname(dirname(folder)), uid)) return undefined;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isPrivate(dirname(folder), uid) && isPrivate(folder, uid) ? folder : undefined;
  } catch {
    return undefined; // a full or read-only disk: the cache only saves time
  }
}

/**
 * @param {string} path
 * @param {number} uid
 */
function isPrivate(path, uid) {
  const stat = lstatSync(path);
  return stat.isDirectory() && stat.uid === uid && (stat.mode & 0o022) === 0;
}

module.exports = { compileCacheFolder };
