/**
 * Text with `%x` replaced by what the token x stands for, and `%%` by a percent sign (sshd_config(5), TOKENS).
 * @throws {RangeError} for a token that is not given.
 */
export function expandTokens(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replaceAll(/%(.|$)/gsu, (_, token: string) => {
    if (token === '%') return '%';
    const value = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
    if (value === undefined)
      throw new RangeError(`Cannot expand ${JSON.stringify(text)}: "%${token}" is no token here`);
    return value;
  });
}
