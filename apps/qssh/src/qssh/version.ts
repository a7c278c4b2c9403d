/** The name and version of this program, as its identification has them. */
export const SOFTWARE = 'Orrery_0.1';

export function version(): string {
  return `${SOFTWARE}, Node.js ${process.versions.node}, OpenSSL ${process.versions.openssl}`;
}
