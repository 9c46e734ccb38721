import { RegionInfo } from 'aws-cdk-lib/region-info';
import * as v from 'valibot';
import { someText, strictObject, textLike } from './checked.ts';

/**
 * Setting fields whose values AWS restricts. Values that AWS would refuse, or accept and never use, are refused here,
 * offline, with the next step.
 */

/** Text that passes one test. */
const textThat = (passes: (text: string) => boolean, message: string | ((text: string) => string)) =>
  v.pipe(
    v.string(),
    v.check(passes, ({ input }) => (typeof message === 'string' ? message : message(String(input)))),
  );

const regionNames = new Set(RegionInfo.regions.map(({ name }) => name));

/** Regions with a similar name, as suggestions after a typing error. */
function similarRegions(name: string): string {
  const [continent, area] = name.split('-');
  const similar = [...regionNames].filter((one) => one.startsWith(`${continent}-${area}`));
  const found = similar.length > 0 ? similar : [...regionNames].filter((one) => one.startsWith(`${continent}-`));
  return found.length > 0 ? `, like ${found.join(', ')}` : ', like eu-central-1';
}

/** The name of an existing region, as far as the pinned aws-cdk-lib knows. */
export const regionName = textThat(
  (text) => regionNames.has(text),
  (text) =>
    `there is no region of this name; use a region’s name${similarRegions(text)}. ` +
    'A region that is newer than the pinned aws-cdk-lib needs a newer aws-cdk-lib',
);

/** The partition (aws, aws-cn, …) that a region belongs to; undefined if the region does not exist. */
export const partitionOf = (region: string): string | undefined =>
  regionNames.has(region) ? RegionInfo.get(region).partition : undefined;

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
/** RFC 8252: an app's scheme is a domain name of its author in reverse order, so it contains a dot. */
const APP_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;
const COGNITO_URL_CHARACTERS = 1024;

/** Why Cognito refuses a callback URL (its reference of `CallbackURLs`); undefined if it accepts it. */
function callbackFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'must be an absolute URL, like https://console.shop.org/';
  if (/[\s*]/.test(text)) return 'must have neither spaces nor wildcards; name each URL';
  if (text.includes('#')) return 'must have no fragment (#…): Cognito refuses it; leave it out';
  if (text.length > COGNITO_URL_CHARACTERS) return `must have at most ${COGNITO_URL_CHARACTERS} characters`;
  if (url.username || url.password) return 'must hold no user and password; leave them out';
  if (APP_SCHEME.test(url.protocol)) return undefined;
  // These tests read the text, because the URL parser adds missing slashes and Cognito does not.
  if (/^https:\/\/[^/]/i.test(text)) return undefined;
  if (/^http:\/\/[^/]/i.test(text) && LOOPBACK_HOSTS.includes(url.hostname)) return undefined;
  return 'must begin with https://; http:// is for localhost, 127.0.0.1 and [::1] only, and an app’s scheme has a dot (com.example.app:/)';
}

/** The origin of web pages as browsers send it, or `*` for any. */
export const webOrigin = textThat(
  (text) => text === '*' || (/^https?:/.test(text) && URL.parse(text)?.origin === text),
  'must be an origin without a path, like https://console.shop.example, or *',
);

/** A URL to which Cognito may redirect people after sign-in. */
export const callbackUrl = textThat(
  (text) => callbackFault(text) === undefined,
  (text) => callbackFault(text) ?? '',
);

/** Why API Gateway cannot use an issuer; undefined if it can. */
function issuerFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || !/^https:\/\/[^/]/i.test(text)) return 'must be an https URL';
  if (/[?#\s]/.test(text)) return 'must have no query and no fragment (OpenID Connect Discovery 1.0); leave them out';
  if (text.includes('/.well-known/'))
    return 'must be the issuer as its tokens name it, not the address of its description; leave /.well-known/… out';
  if (LOOPBACK_HOSTS.includes(url.hostname) || url.hostname.endsWith('.localhost'))
    return 'must be public: API Gateway reads its keys, and cannot reach a host of this machine';
  return undefined;
}

/** An OpenID Connect issuer that API Gateway can read. */
export const issuerUrl = textThat(
  (text) => issuerFault(text) === undefined,
  (text) => `jwt.issuer ${issuerFault(text)}`,
);

/** Claims that describe the token itself and cannot name a tenant (RFC 7519, OpenID Connect Core, RFC 9068). */
const TOKEN_CLAIMS = [
  ...['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'acr', 'amr', 'at_hash', 'auth_time', 'nonce', 'scope', 'typ'],
  ...['token_use', 'origin_jti', 'event_id', 'version', 'device_key'],
];
/** Claims that Cognito sets itself and a pre token generation trigger cannot change. Cognito's guide lists them. */
const COGNITO_CLAIMS = [...TOKEN_CLAIMS, 'sub', 'azp', 'client_id', 'username', 'identities'];

/** A claim in which an existing issuer may name the tenant. */
export const issuerClaim = v.pipe(
  someText,
  v.check(
    (claim) => !TOKEN_CLAIMS.includes(claim),
    'describes the token itself and names no tenant; use a claim that your issuer adds, like "tenant"',
  ),
);

/** A claim that the stage's own trigger can write. */
export const ownClaim = v.pipe(
  someText,
  v.check(
    (claim) => !COGNITO_CLAIMS.includes(claim) && !/^(cognito|aws):/.test(claim),
    'is reserved: Cognito sets it and lets no trigger change it, so no token would name a tenant; use another name, like "tenant"',
  ),
);

/** Longest scope that API Gateway accepts. RFC 6749 defines which characters a scope may contain. */
export const SCOPE_CHARACTERS = 64;
export const scopePrefixText = textLike(
  /^[\x21\x23-\x5B\x5D-\x7E]*$/,
  'may hold printable ASCII without spaces, quotation marks and backslashes',
);

/** Qualifier of a CDK bootstrap. It becomes a part of a bucket's name. */
export const bootstrapQualifierText = textLike(
  /^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/,
  'must be 1 to 10 lower-case letters, digits and -, as it was given to cdk bootstrap --qualifier',
);

/** Name of a managed policy, including its path if it has one. */
export const policyName = textThat(
  (text) => /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/.test(text) && text.length <= 512,
  'must be the name of a managed policy of the stage’s account, with its path if it has one (team/boundary), not its ARN',
);

/** Letters, digits, spaces and `_ . : / = + - @`. Every service accepts these characters. */
const TAG_CHARACTERS = /^[\p{L}\p{N}\p{Zs}_.:/=+\-@]*$/u;
const TAG_RULE = 'letters, digits, spaces and _ . : / = + - @';

/** Value of a tag. */
export const tagValue = textThat(
  (text) => TAG_CHARACTERS.test(text) && text.trim() !== '' && text.length <= 256,
  `must be 1 to 256 ${TAG_RULE}`,
);

/** Key of a tag. */
export const tagKey = textThat(
  (text) => TAG_CHARACTERS.test(text) && text.trim() !== '' && text.length <= 128 && !/^aws:/i.test(text),
  `a tag’s key must be 1 to 128 ${TAG_RULE}, and not begin with aws:`,
);

const HOST_LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Whether a text is a host name as DNS, certificates and CloudFront accept it: lower case, with two labels at least. */
const isHostName = (text: string): boolean => {
  const labels = text.split('.');
  return text.length <= 253 && labels.length > 1 && labels.every((label) => HOST_LABEL.test(label));
};

const hostName = textThat(
  isHostName,
  'must be a host name in lower case without https:// and without a path, like console.shop.org',
);

/** A name of the stage’s own for something that AWS serves, so that its URL stays the same with another stack. */
export const customDomain = strictObject({
  /** The host name. */
  name: hostName,
  /**
   * ARN of a certificate of AWS Certificate Manager for this name: in us-east-1 for the console, because CloudFront reads
   * certificates there, and in the stage’s region for the API.
   */
  certificate: textLike(
    /^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
    'must be the ARN of a certificate of AWS Certificate Manager (arn:aws:acm:<region>:<account>:certificate/<id>)',
  ),
  /** The public hosted zone of Route 53 for the name’s records. Unset: you add the record that `npm run deploy` prints. */
  hostedZone: v.optional(
    strictObject({
      id: textLike(/^Z[A-Z0-9]{1,31}$/, 'must be the id of a hosted zone, like Z0123456789ABCDEFGHIJ'),
      /** The zone’s domain, without a dot at its end. */
      name: hostName,
    }),
  ),
});

/** An address that a browser opens or calls during sign-in. */
export const signInAddress = textThat(
  (text) => URL.parse(text)?.protocol === 'https:' && /^https:\/\/[^/]/i.test(text) && !/[#\s]/.test(text),
  'must be an https URL without a fragment, as the issuer’s /.well-known/openid-configuration names it',
);
