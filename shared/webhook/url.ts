/**
 * Why a text cannot be the URL of an endpoint, wherever the stage is; undefined if it can. A user and a password would
 * be shown to everyone who may read the settings, and a fragment is never sent.
 */
export function urlFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'It is not an absolute URL.';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `Its scheme is ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'It contains a user name or a password.';
  if (text.includes('#')) return 'It has a fragment.';
  if (/[\s\p{Cc}]/u.test(text)) return 'It contains spaces or control characters.';
  return undefined;
}

/**
 * Whether a stage trusts this host although it is not public: `127.0.0.1` with every port, `127.0.0.1:4003` with one.
 * HTTP without TLS is for these hosts only.
 */
export const isTrusted = ({ hostname, host }: URL, trusted: readonly string[]): boolean =>
  trusted.includes(hostname) || trusted.includes(host);
