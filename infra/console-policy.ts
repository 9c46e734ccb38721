/**
 * What the server of the console says about the page, on this machine and on CloudFront: what it may run, load and call.
 */

/**
 * The Content-Security-Policy. The page runs only its own script and calls only its own server and these origins. Styles in
 * place are permitted for the e-mails in frames, which inherit the page’s policy and have no other styles. Nothing in a
 * style can be loaded.
 * @param origins the API, and the services that the page calls itself.
 */
export const contentSecurityPolicy = (origins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `connect-src ${["'self'", ...origins].join(' ')}`,
    "img-src 'self' data:",
    "frame-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** The other headers of each answer, that do not depend on the stage. */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** The folder whose files are named by their content. */
export const NAMED_BY_CONTENT = 'assets';

/** `Cache-Control` of files that are named by their content, and of all others. */
export const CACHED = 'public, max-age=31536000, immutable';
export const CHECKED_EACH_TIME = 'no-cache';

/** What CloudFront answers for a path without a file, with the status 404. */
export const NOT_FOUND_PATH = '/not-found.html';
export const NOT_FOUND_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Not found · Counterfoil</title>
  </head>
  <body>
    <p>There is nothing at this address. <a href="/">Open the console</a></p>
    <p lang="de">Unter dieser Adresse gibt es nichts. <a href="/">Konsole öffnen</a></p>
  </body>
</html>
`;
