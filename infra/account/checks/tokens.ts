import { DescribeUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { blocksDeploy, blocksMail, type Check, type Finding } from './check.ts';

const ISSUER_TIMEOUT_MS = 5000;
const PUBLIC = 'It must be public: API Gateway reads it without a password.';

type Discovery = { issuer?: unknown; jwks_uri?: unknown };
type KeySet = { keys?: { kty?: string; use?: string }[] };

/**
 * API Gateway fetches both documents itself. Without the discovery document, the creation of the authorizer fails.
 * Without the keys, every token is refused.
 */
export const issuer: Check = {
  name: 'tokens: issuer',
  stops: 'deploy',
  about: ({ jwt }) => jwt.kind === 'issuer',
  async run({ settings: { jwt } }) {
    if (jwt.kind !== 'issuer') return [];
    const address = `${jwt.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const discovery = await fetched<Discovery>(address);
    if (!discovery.ok) return blocksDeploy(`${address} cannot be read: ${discovery.why}.`, PUBLIC);
    const { issuer: own, jwks_uri: keysAt } = discovery.value;
    if (own !== jwt.issuer) {
      return blocksDeploy(
        `${address} says that the issuer is ${String(own)}; jwt.issuer is ${jwt.issuer}. API Gateway compares them letter by letter.`,
        'Put the issuer’s own spelling into infra/stages.ts, a slash at its end included.',
      );
    }
    return keyFindings(String(keysAt));
  },
};

async function keyFindings(address: string): Promise<Finding[]> {
  const keySet = await fetched<KeySet>(address);
  if (!keySet.ok) return blocksMail(`${address} cannot be read: ${keySet.why}.`, PUBLIC);
  if (keySet.value.keys?.some(({ kty, use = 'sig' }) => kty === 'RSA' && use === 'sig')) return [];
  return blocksMail(
    `${address} has no RSA key that signs; API Gateway takes no other.`,
    'Let the issuer sign the tokens of this API with RS256.',
  );
}

type Fetched<Value> = { ok: true; value: Value } | { ok: false; why: string };

async function fetched<Value>(address: string): Promise<Fetched<Value>> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS) });
    if (!response.ok) return { ok: false, why: `it answers ${response.status}` };
    return { ok: true, value: (await response.json()) as Value };
  } catch (error) {
    const { message, cause } = error as Error;
    return { ok: false, why: cause instanceof Error ? cause.message : message };
  }
}

/** The deployed settings that the pool's tokens depend on. */
export const userPool: Check = {
  name: 'tokens: user pool',
  stops: 'mail',
  about: ({ jwt }) => jwt.kind === 'own-pool',
  async run({ account, resources, synthesized }) {
    const [pool] = await resources('AWS::Cognito::UserPool');
    if (!pool) return [];
    const { UserPool } = await account.cognito.send(new DescribeUserPoolCommand({ UserPoolId: pool.physicalId }));
    const trigger = UserPool?.LambdaConfig?.PreTokenGenerationConfig;
    const [expected] = synthesized().propertiesOf('AWS::Cognito::UserPool');
    const version = expected?.LambdaConfig.PreTokenGenerationConfig.LambdaVersion;
    return [
      ...blocksMail.when(
        trigger?.LambdaVersion !== version,
        `The user pool ${pool.physicalId} has no pre-token-generation trigger of version ${version}: machine tokens name no tenant, and every call is refused.`,
        'It was changed outside the stack; deploy again, or set the trigger to the function add-tenant-claim.',
      ),
      ...blocksMail.when(
        !UserPool?.Domain,
        `The user pool ${pool.physicalId} has no domain, so no client can get a token.`,
        'It was removed outside the stack; create the domain counterfoil-<stage>-<account> again.',
      ),
    ];
  },
};
