import { SCOPE } from '#shared/names.ts';
import type { Stage } from './stage.ts';
import { OwnPool, type Tokens } from './tokens.ts';

/**
 * How the console signs people in: OAuth 2.0's authorization code with PKCE. The page reads it from `config.json`, so
 * its type `Configuration` has the same fields.
 */
export type SignIn = {
  kind: 'pkce';
  issuer: string;
  clientId: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  /** Scopes that the page asks for, separated by spaces. */
  scope: string;
  /** The page that ends the issuer's session, and its parameter for the page to which it returns. */
  signOut?: { endpoint: string; returnParameter: string };
};

/** The sign-in of a stage's console; undefined if the stage has no console. */
export function signInOf({ settings: { jwt, console } }: Stage, tokens: Tokens): SignIn | undefined {
  const scope = ['openid', ...Object.values(SCOPE).map((name) => `${tokens.scopePrefix}${name}`)].join(' ');
  const shared = { kind: 'pkce', issuer: tokens.issuer, scope } as const;
  if (!console) return undefined;
  if (tokens instanceof OwnPool && tokens.peopleClient) {
    return {
      ...shared,
      clientId: tokens.peopleClient.userPoolClientId,
      authorizationEndpoint: `${tokens.signInUrl}/oauth2/authorize`,
      tokenEndpoint: `${tokens.signInUrl}/oauth2/token`,
      // https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
      signOut: { endpoint: `${tokens.signInUrl}/logout`, returnParameter: 'logout_uri' },
    };
  }
  if (jwt.kind !== 'issuer' || !console.signIn) return undefined;
  const { endSessionEndpoint: endpoint, ...signIn } = console.signIn;
  // OpenID Connect RP-Initiated Logout 1.0
  const signOut = endpoint !== undefined && { signOut: { endpoint, returnParameter: 'post_logout_redirect_uri' } };
  return { ...shared, ...signIn, ...signOut };
}
