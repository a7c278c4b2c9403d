/** A value that its option does not take; the message says why, without the place where it stands. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}
