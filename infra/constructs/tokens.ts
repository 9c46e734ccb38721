import { CfnParameter, Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolGroup,
  FeaturePlan,
  LambdaVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  UserPoolOperation,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { POOL, SCOPE, TENANT_SCOPES } from '#shared/names.ts';
import type { PoolOutputs } from '../outputs.ts';
import type { StageSettings } from '../settings.ts';
import type { ServiceFunction } from './service-function.ts';
import { keepsData, removalPolicyOf, type Stage } from './stage.ts';

/** What the API requires of a token. */
export type Tokens = {
  issuer: string;
  /** Accepted `aud`, or `client_id` where a token has no `aud`. */
  audience: string[];
  /** Prefix of every scope. */
  scopePrefix: string;
};

/** Settings of a stage with its own user pool. */
export type OwnPoolSettings = Extract<StageSettings['jwt'], { kind: 'own-pool' }>;

export const scopePrefixOf = (jwt: StageSettings['jwt']): string =>
  jwt.kind === 'issuer' ? jwt.scopePrefix : `${jwt.resourceServer}/`;

/** Clients that `npm run tenants` has added. API Gateway requires a list of all accepted clients. */
export const MACHINE_CLIENTS_PARAMETER = 'MachineClients';
/** A value that is no client's id, because a list parameter of CloudFormation cannot be empty. */
export const NO_CLIENT = 'none';

/**
 * The stage's own issuer: a user pool whose access tokens name a tenant. Machines get tokens by client credentials,
 * people by signing in. Self-registration is off.
 */
export class OwnPool extends Construct implements Tokens {
  readonly issuer: string;
  readonly audience: string[];
  readonly scopePrefix: string;
  readonly pool: UserPool;
  /** Client of `npm run smoke`. */
  readonly smokeClient: UserPoolClient;
  /** Client through which people sign in; undefined if no page signs people in. */
  readonly peopleClient: UserPoolClient | undefined;
  /** Address of the pool's sign-in pages and endpoints. */
  readonly signInUrl: string;

  constructor(
    scope: Construct,
    id: string,
    { stage, jwt, tokenTrigger }: { stage: Stage; jwt: OwnPoolSettings; tokenTrigger: ServiceFunction },
  ) {
    super(scope, id);
    this.scopePrefix = scopePrefixOf(jwt);
    this.pool = this.userPool(stage);
    this.issuer = this.pool.userPoolProviderUrl;
    this.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, tokenTrigger.lambda, LambdaVersion.V3_0);
    // This name is globally unique, and can be derived without a request to AWS.
    const domain = this.pool.addDomain('domain', {
      cognitoDomain: { domainPrefix: `counterfoil-${stage.name}-${Stack.of(this).account}` },
    });
    this.signInUrl = domain.baseUrl();
    new CfnUserPoolGroup(this, 'operators', {
      userPoolId: this.pool.userPoolId,
      groupName: POOL.operatorsGroup,
      description: 'May also see dead letters and other data for operations',
    });

    const server = this.resourceServer(jwt.resourceServer);
    this.smokeClient = this.pool.addClient('smoke', {
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: server.scopesOf(TENANT_SCOPES) },
    });
    this.peopleClient = this.clientOfPeople(server, pagesOf(stage, jwt));
    this.audience = this.acceptedClients([this.smokeClient, ...(this.peopleClient ? [this.peopleClient] : [])]);
  }

  /** For `outputs.json`. */
  get outputs(): PoolOutputs {
    return {
      id: this.pool.userPoolId,
      tokenUrl: `${this.signInUrl}/oauth2/token`,
      smokeClientId: this.smokeClient.userPoolClientId,
      scopePrefix: this.scopePrefix,
    };
  }

  private userPool(stage: Stage): UserPool {
    const pool = new UserPool(this, 'pool', {
      // A trigger can write into access tokens only with the plan Essentials or a higher one.
      featurePlan: FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      // Immutable, because a person never changes tenant; they get another account.
      customAttributes: { tenant: new StringAttribute({ minLen: 1, maxLen: 64, mutable: false }) },
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      deletionProtection: keepsData(stage),
      removalPolicy: removalPolicyOf(stage),
    });
    const plan =
      'Threat protection needs the Plus plan, which costs money for each user. This pool has few people. An administrator adds them, and they need a second factor.';
    Validations.of(pool).acknowledge(
      { id: 'AwsSolutions::AwsSolutions-COG3', reason: plan },
      { id: 'AwsSolutions::AwsSolutions-COG8', reason: plan },
    );
    return pool;
  }

  private resourceServer(identifier: string): { scopesOf(names: string[]): OAuthScope[] } {
    const scopes = Object.values(SCOPE).map(
      (name) => new ResourceServerScope({ scopeName: name, scopeDescription: `Counterfoil: ${name}` }),
    );
    const server: UserPoolResourceServer = this.pool.addResourceServer('api', { identifier, scopes });
    return {
      scopesOf: (names) =>
        scopes
          .filter(({ scopeName }) => names.includes(scopeName))
          .map((scope) => OAuthScope.resourceServer(server, scope)),
    };
  }

  /**
   * The client of people may request `operations`. The trigger removes it from the tokens of people who are not
   * operators.
   */
  private clientOfPeople(
    server: { scopesOf(names: string[]): OAuthScope[] },
    { callbackUrls, logoutUrls }: Pages,
  ): UserPoolClient | undefined {
    if (callbackUrls.length === 0) return undefined;
    return this.pool.addClient('people', {
      preventUserExistenceErrors: true,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, ...server.scopesOf(Object.values(SCOPE))],
        callbackUrls,
        ...(logoutUrls.length > 0 && { logoutUrls }),
      },
    });
  }

  /**
   * API Gateway accepts a token of Cognito only if its client is on the authorizer's list (at most 50). It has no
   * setting for "every client of this pool". So the clients that are added later are a parameter of the stack. `npm run
   * tenants` sets it, and the next deployment keeps its value.
   */
  private acceptedClients(clients: UserPoolClient[]): string[] {
    const added = new CfnParameter(Stack.of(this), MACHINE_CLIENTS_PARAMETER, {
      type: 'CommaDelimitedList',
      default: NO_CLIENT,
      description: 'Client ids that npm run tenants has added. Only that command sets them.',
    });
    const own = clients.map(({ userPoolClientId }) => userPoolClientId);
    return Fn.split(',', Fn.join(',', [...own, Fn.join(',', added.valueAsList)]));
  }
}

type Pages = { callbackUrls: string[]; logoutUrls: string[] };

/** The pages to which Cognito redirects people: those of the settings, and the console after sign-in and sign-out. */
function pagesOf({ consoleOrigin }: Stage, { callbackUrls = [] }: OwnPoolSettings): Pages {
  const ofConsole = consoleOrigin === undefined ? [] : [`${consoleOrigin}/`];
  return { callbackUrls: [...new Set([...callbackUrls, ...ofConsole])], logoutUrls: ofConsole };
}
