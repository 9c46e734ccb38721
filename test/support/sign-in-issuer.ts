import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test may change, and what the issuer was asked. */
export type SignInIssuer = {
  url: string;
  /** How long the next tokens are valid. */
  tokenSeconds: number;
  /** Whether the next tokens come with a refresh token, and whether the earlier ones still work. */
  refreshes: boolean;
  /** Replaces a parameter that comes back with the code. */
  forged: Record<string, string>;
  grants: string[];
  signedOut: number;
  close(): Promise<void>;
};

type Code = { challenge: string; nonce: string; redirectUri: string };

const CLIENT = 'console-client';
export const USER = 'ada@shop.test';

const token = (claims: object): string =>
  ['{}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

/**
 * A small OpenID provider with the addresses of Cognito: authorization code with PKCE, refresh tokens and sign-out. Its
 * page has one link, which signs the same person in.
 */
export async function startSignInIssuer(): Promise<SignInIssuer> {
  const codes = new Map<string, Code>();
  const server = createServer((incoming, response) => void serve(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: SignInIssuer = {
    url,
    tokenSeconds: 3600,
    refreshes: false,
    forged: {},
    grants: [],
    signedOut: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(incoming.url ?? '/', url);
    if (pathname === '/oauth2/authorize') return authorize(query, response);
    if (pathname === '/oauth2/token') return grant(new URLSearchParams(await textOf(incoming)), response);
    if (pathname === '/logout') {
      issuer.signedOut += 1;
      response.writeHead(302, { location: query.get('logout_uri') ?? '' }).end();
      return;
    }
    response.writeHead(404).end();
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const isValid =
      query.get('response_type') === 'code' &&
      query.get('client_id') === CLIENT &&
      query.get('code_challenge_method') === 'S256' &&
      query.get('scope')?.startsWith('openid ');
    if (!isValid) {
      response.writeHead(400).end('invalid_request');
      return;
    }
    const code = randomUUID();
    const redirectUri = query.get('redirect_uri') ?? '';
    codes.set(code, { challenge: query.get('code_challenge') ?? '', nonce: query.get('nonce') ?? '', redirectUri });
    const back = new URL(redirectUri);
    for (const [name, value] of Object.entries({ code, state: query.get('state') ?? '', ...issuer.forged }))
      back.searchParams.set(name, value);
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<title>Issuer</title><a href="${back.href.replaceAll('&', '&amp;')}">Continue</a>`);
  }

  function grant(form: URLSearchParams, response: ServerResponse): void {
    const type = form.get('grant_type') ?? '';
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGranted =
      form.get('client_id') === CLIENT &&
      (type === 'refresh_token'
        ? issuer.refreshes && form.get('refresh_token') === 'refresh'
        : code?.challenge === challenge && code.redirectUri === form.get('redirect_uri'));
    issuer.grants.push(`${type}: ${isGranted ? 'granted' : 'refused'}`);
    const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' };
    if (!isGranted) {
      response.writeHead(400, headers).end('{"error":"invalid_grant"}');
      return;
    }
    const exp = Math.floor(Date.now() / 1000) + issuer.tokenSeconds;
    const answer = {
      access_token: token({ exp, scope: 'counterfoil/messages:read counterfoil/orders:read' }),
      ...(code && { id_token: token({ iss: url, aud: CLIENT, exp: exp + 60, nonce: code.nonce, email: USER }) }),
      ...(issuer.refreshes && { refresh_token: 'refresh' }),
    };
    response.writeHead(200, headers).end(JSON.stringify(answer));
  }

  return issuer;
}

/** The sign-in of the console at this issuer, as a deployed stage writes it into `config.json`. */
export const signInAt = ({ url }: SignInIssuer): object => ({
  kind: 'pkce',
  issuer: url,
  clientId: CLIENT,
  authorizationEndpoint: `${url}/oauth2/authorize`,
  tokenEndpoint: `${url}/oauth2/token`,
  scope: 'openid counterfoil/messages:read',
  signOut: { endpoint: `${url}/logout`, returnParameter: 'logout_uri' },
});

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = await Array.fromAsync(incoming);
  return Buffer.concat(chunks).toString();
}
