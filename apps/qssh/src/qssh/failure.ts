/** Something that people can understand went wrong; the message is all there is to say. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
}
