import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { asPlainUser, codeOf, giveAway, isRoot, Scratch } from '../testing/scratch.ts';
import { checkOwnership, ensurePrivateFolder } from './folder.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

/** The code with which the folder is refused. */
function refusal(path: string, home?: string): unknown {
  const code = codeOf(() => checkOwnership(path, { home }));
  assert.equal(
    codeOf(() => checkOwnership(`${path}/`, { home })),
    code,
  );
  return code;
}

function folderWithMode(scratch: Scratch, name: string, mode: number): string {
  chmodSync(scratch.folder(name), mode);
  return scratch.file(name);
}

test('ensurePrivateFolder creates the folder and those above it for the user alone', () => {
  using scratch = new Scratch();
  ensurePrivateFolder(scratch.file('a/b'));
  assert.equal(modeOf(scratch.file('a')), 0o700);
  assert.equal(modeOf(scratch.file('a/b')), 0o700);
  ensurePrivateFolder(scratch.file('a/b'));
});

test('ensurePrivateFolder takes away what others may read only when it is asked to', () => {
  using scratch = new Scratch();
  const path = folderWithMode(scratch, 'folder', 0o2755);
  ensurePrivateFolder(path);
  assert.equal(modeOf(path), 0o2755);
  ensurePrivateFolder(path, { repair: true });
  assert.equal(modeOf(path), 0o2700);
});

test('ensurePrivateFolder does not repair what others could already have written to', () => {
  using scratch = new Scratch();
  const path = folderWithMode(scratch, 'folder', 0o775);
  assert.throws(() => ensurePrivateFolder(path, { repair: true }), {
    name: 'UnsafeFileError',
    code: 'writable-by-others',
    message: `Cannot use folder "${path}": mode 0775 lets other users change what is in it`,
    hint: `chmod go-w ${path}`,
  });
  assert.equal(modeOf(path), 0o775);
});

test('ensurePrivateFolder says what stands in its place', () => {
  using scratch = new Scratch();
  const file = scratch.write('file', '');
  assert.throws(() => ensurePrivateFolder(file), {
    code: 'not-folder',
    message: `Cannot use folder "${file}": it is no folder`,
  });
  assert.equal(
    codeOf(() => ensurePrivateFolder(scratch.file('file/in'))),
    'ENOTDIR',
  );
  assert.equal(
    codeOf(() => ensurePrivateFolder(scratch.link('link', 'none'))),
    'ENOENT',
  );
  assert.deepEqual(readdirSync(scratch.path), ['file', 'link']);
});

test('ensurePrivateFolder in a folder that the user may not write to says so', () => {
  using scratch = new Scratch();
  const path = scratch.file('folder/new');
  const folder = folderWithMode(scratch, 'folder', 0o500);
  asPlainUser([scratch.path, folder], () =>
    assert.throws(() => ensurePrivateFolder(path), {
      code: 'EACCES',
      message: `Cannot create "${path}": permission denied`,
    }),
  );
});

test('checkOwnership accepts a folder that only its user can write to, whoever can read it', () => {
  using scratch = new Scratch();
  assert.equal(refusal(folderWithMode(scratch, 'folder', 0o755)), undefined);
});

test('checkOwnership refuses a folder that others can write to, and one inside it', () => {
  using scratch = new Scratch();
  for (const [index, mode] of [0o720, 0o702, 0o777].entries()) {
    const path = folderWithMode(scratch, `folder${index}`, mode);
    mkdirSync(`${path}/in`, { mode: 0o700 });
    assert.equal(refusal(path), 'writable-by-others');
    assert.equal(refusal(`${path}/in`), 'writable-by-others');
  }
});

test('checkOwnership accepts a sticky folder such as /tmp on the way, but not as the folder itself', () => {
  using scratch = new Scratch();
  const path = folderWithMode(scratch, 'folder', 0o1777);
  mkdirSync(`${path}/in`, { mode: 0o700 });
  assert.equal(refusal(`${path}/in`), undefined);
  assert.equal(refusal(path), 'writable-by-others');
});

test('checkOwnership looks at the whole way through a link', () => {
  using scratch = new Scratch();
  const far = folderWithMode(scratch, 'far', 0o777);
  mkdirSync(`${far}/in`, { mode: 0o700 });
  scratch.folder('safe');
  assert.equal(refusal(scratch.link('to-safe', 'safe')), undefined);
  assert.equal(refusal(scratch.link('to-link', 'to-safe')), undefined);
  assert.equal(refusal(scratch.link('to-far', `${far}/in`)), 'writable-by-others');
  // The link leads from a safe folder to a safe one, but others can replace the link itself on the way.
  scratch.link('far/back', '../safe');
  assert.equal(refusal(scratch.link('over-far', 'far/back')), 'writable-by-others');
  assert.equal(refusal(scratch.link('over-in', 'far/in/../../safe')), 'writable-by-others');
});

test('checkOwnership takes a path from the current folder on', () => {
  using scratch = new Scratch();
  const before = process.cwd();
  folderWithMode(scratch, 'open', 0o777);
  scratch.folder('safe');
  process.chdir(scratch.path);
  try {
    assert.equal(refusal('open'), 'writable-by-others');
    assert.equal(refusal('./open/../safe'), 'writable-by-others');
    assert.equal(refusal('safe'), undefined);
  } finally {
    process.chdir(before);
  }
});

test('checkOwnership refuses a circle of links', () => {
  using scratch = new Scratch();
  assert.equal(refusal(scratch.link('circle', 'circle')), 'dangling-link');
});

test('checkOwnership does not look at what is above the home folder', () => {
  using scratch = new Scratch();
  folderWithMode(scratch, 'homes', 0o777);
  const home = scratch.folder('homes/me');
  const path = scratch.folder('homes/me/folder');
  assert.equal(refusal(path), 'writable-by-others');
  assert.equal(refusal(path, home), undefined);
  assert.equal(refusal(path, scratch.link('alias', home)), undefined);
  assert.equal(refusal(scratch.file('alias/folder'), scratch.file('alias')), undefined);
  assert.equal(refusal(home, home), undefined);
  chmodSync(home, 0o777);
  assert.equal(refusal(path, home), 'writable-by-others');
});

test('checkOwnership refuses what belongs to another user', () => {
  using scratch = new Scratch();
  const path = isRoot ? giveAway(scratch.folder('foreign')) : '/etc';
  const [owner, user] = [statSync(path).uid, process.geteuid?.()];
  assert.throws(() => checkOwnership(path), {
    code: 'foreign-owner',
    message: `Cannot use folder "${path}": it belongs to user ${owner}, expected ${user}`,
    hint: `sudo chown ${user} ${path}`,
  });
});

test('checkOwnership refuses a folder or link of a third user on the way, and trusts those of root', () => {
  using scratch = new Scratch();
  scratch.folder('folder');
  scratch.folder('folder/in');
  const link = scratch.link('link', 'folder/in');
  // Only root can give something away: as anybody else all of this is the user's own.
  giveAway(link);
  assert.equal(refusal(link), isRoot ? 'foreign-link' : undefined);
  assert.equal(refusal(scratch.file('folder/in')), undefined);
  giveAway(scratch.file('folder'));
  assert.equal(refusal(scratch.file('folder/in')), isRoot ? 'foreign-owner' : undefined);
});

test("checkOwnership trusts root's folders on the way to those of a user", () => {
  using scratch = new Scratch();
  chmodSync(scratch.path, 0o755);
  const folder = folderWithMode(scratch, 'folder', 0o700);
  asPlainUser([folder], () => assert.equal(refusal(folder), undefined));
  if (isRoot) chownSync(folder, 0, 0);
  asPlainUser([], () => assert.equal(refusal(folder), isRoot ? 'foreign-owner' : undefined));
});
