import { deployedAccount, shownResource, shownStack } from './healthy-account.ts';
import { type Answers, AwsFault } from './recorded-account.ts';

type PoolClient = { name: string; scopes: string[]; secrets: { id: string; value: string; createdAt: number }[] };
type PoolUser = { tenant: string; groups: string[] };

/** What a stage’s account remembers: its pool, the rows of machine clients, and the stack’s parameter. */
export type TenantState = {
  clients: Map<string, PoolClient>;
  users: Map<string, PoolUser>;
  rows: Map<string, string>;
  /** Value of the stack’s parameter MachineClients. */
  accepted: string;
  /** Value of the stack’s parameter ConsoleOrigin. */
  consoleOrigin: string;
  status: string;
  /** What CloudFormation makes of a change; tests let it fail. */
  onUpdate(state: TenantState, value: string): void;
  /** What DescribeStacks answers before it comes to rest, one each time. */
  busy: string[];
};

export const TENANT_SCOPES: string[] = [
  'counterfoil/orders:write',
  'counterfoil/orders:read',
  'counterfoil/messages:write',
  'counterfoil/messages:read',
];
/** Of no account: a secret of the length that Cognito makes. */
const secretOf = (id: string): string => `${id}Secret`.padEnd(51, '0');

/** A machine client as the pool has it after `add`. */
export const poolClient = (name: string, id: string, scopes = TENANT_SCOPES): [string, PoolClient] => [
  id,
  { name, scopes, secrets: [{ id: `${id}--1700000000`, value: secretOf(id), createdAt: 1_700_000_000 }] },
];

export function tenantState(more: Partial<TenantState> = {}): TenantState {
  return {
    clients: new Map([poolClient('tokenspoolsmoke', 'smoke1'), poolClient('tokenspoolpeople', 'people1')]),
    users: new Map(),
    rows: new Map(),
    accepted: 'none',
    consoleOrigin: 'https://console.invalid',
    status: 'UPDATE_COMPLETE',
    busy: [],
    onUpdate: (state, value) => {
      state.accepted = value;
      state.status = 'UPDATE_COMPLETE';
    },
    ...more,
  };
}

const notFound = () => new AwsFault('ResourceNotFoundException', 'User pool client does not exist.');
const text = (input: Record<string, unknown>, name: string): string => String(input[name]);
const rowOf = (key: unknown): string => (key as { pk: { S: string } }).pk.S.replace(/^client#/, '');

/** Cognito, DynamoDB and CloudFormation around that state. `url` is where the token endpoint is. */
export function tenantAccount(state: TenantState, url: () => string): Answers {
  return {
    ...deployedAccount(),
    ...stackAnswers(state, url),
    ...clientAnswers(state),
    ...secretAnswers(state),
    ...userAnswers(state),
    ...rowAnswers(state),
    'POST /oauth2/token': ({ clientId, secret }) => {
      const client = state.clients.get(String(clientId));
      if (!client?.secrets.some(({ value }) => value === secret)) return { error: 'invalid_client' };
      const tenant = state.rows.get(String(clientId));
      if (!tenant)
        return {
          error: 'invalid_request',
          error_description: 'PreTokenGeneration failed with error OwnerWithoutTenant',
        };
      return { access_token: `token of ${tenant}`, expires_in: 3600, token_type: 'Bearer' };
    },
  };
}

function stackAnswers(state: TenantState, url: () => string): Answers {
  return {
    'cloudformation DescribeStacks': () => {
      const status = state.busy.shift() ?? state.status;
      return {
        Stacks: [
          shownStack({ status, consoleOrigin: state.consoleOrigin, machineClients: state.accepted, url: url() }),
        ],
      };
    },
    'cloudformation ListStackResources': {
      StackResourceSummaries: [
        shownResource('AWS::Cognito::UserPool', 'eu-central-1_Pool1'),
        ...['smoke1', 'people1']
          .filter((id) => state.clients.has(id))
          .map((id) => shownResource('AWS::Cognito::UserPoolClient', id)),
      ],
    },
    'cloudformation UpdateStack': ({ Parameters }) => {
      const parameters = Parameters as { ParameterKey: string; ParameterValue?: string }[];
      const given = (name: string) => parameters.find(({ ParameterKey }) => ParameterKey === name)?.ParameterValue;
      state.consoleOrigin = given('ConsoleOrigin') ?? state.consoleOrigin;
      state.busy.push('UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      state.onUpdate(state, given('MachineClients') ?? state.accepted);
      return { StackId: 'arn:stack' };
    },
  };
}

function clientAnswers({ clients }: TenantState): Answers {
  return {
    'cognito-idp ListUserPoolClients': ({ NextToken }) => {
      // Two pages, so that a test fails if the second is not read.
      const all = [...clients].map(([ClientId, { name }]) => ({
        ClientId,
        ClientName: name,
        UserPoolId: 'eu-central-1_Pool1',
      }));
      const half = Math.ceil(all.length / 2);
      return NextToken
        ? { UserPoolClients: all.slice(half) }
        : { UserPoolClients: all.slice(0, half), NextToken: 'second' };
    },
    'cognito-idp CreateUserPoolClient': (input) => {
      const id = `${text(input, 'ClientName')}${clients.size}`;
      const [, client] = poolClient(text(input, 'ClientName'), id, input.AllowedOAuthScopes as string[]);
      clients.set(id, client);
      return { UserPoolClient: { ClientId: id, ClientName: client.name, ClientSecret: secretOf(id) } };
    },
    'cognito-idp DescribeUserPoolClient': (input) => {
      const client = clients.get(text(input, 'ClientId'));
      if (!client) return notFound();
      return {
        UserPoolClient: {
          ClientId: input.ClientId,
          ClientName: client.name,
          ClientSecret: client.secrets[0]?.value,
          AllowedOAuthScopes: client.scopes,
        },
      };
    },
    'cognito-idp DeleteUserPoolClient': (input) => (clients.delete(text(input, 'ClientId')) ? {} : notFound()),
  };
}

function secretAnswers({ clients }: TenantState): Answers {
  return {
    'cognito-idp ListUserPoolClientSecrets': (input) => ({
      // Newest first, so that a test fails if the order is assumed.
      ClientSecrets: (clients.get(text(input, 'ClientId'))?.secrets ?? [])
        .map(({ id, createdAt }) => ({ ClientSecretId: id, ClientSecretCreateDate: createdAt }))
        .reverse(),
    }),
    'cognito-idp AddUserPoolClientSecret': (input) => {
      const id = text(input, 'ClientId');
      const secret = { id: `${id}--1800000000`, value: secretOf(`${id}New`), createdAt: 1_800_000_000 };
      clients.get(id)?.secrets.push(secret);
      const { value: ClientSecretValue, createdAt: ClientSecretCreateDate } = secret;
      return { ClientSecretDescriptor: { ClientSecretId: secret.id, ClientSecretValue, ClientSecretCreateDate } };
    },
    'cognito-idp DeleteUserPoolClientSecret': (input) => {
      const client = clients.get(text(input, 'ClientId'));
      if (client) client.secrets = client.secrets.filter(({ id }) => id !== input.ClientSecretId);
      return {};
    },
  };
}

function userAnswers({ users }: TenantState): Answers {
  const attributesOf = (email: string, tenant: string) => [
    { Name: 'email', Value: email },
    { Name: 'custom:tenant', Value: tenant },
  ];
  return {
    'cognito-idp ListUsers': {
      Users: [...users].map(([email, { tenant }]) => ({
        Username: `sub-of-${email}`,
        Attributes: attributesOf(email, tenant),
        UserStatus: 'CONFIRMED',
      })),
    },
    'cognito-idp AdminCreateUser': (input) => {
      const email = text(input, 'Username');
      if (users.has(email)) return new AwsFault('UsernameExistsException', 'User account already exists');
      const attributes = input.UserAttributes as { Name: string; Value: string }[];
      const tenant = attributes.find(({ Name }) => Name === 'custom:tenant')?.Value ?? '';
      users.set(email, { tenant, groups: [] });
      return { User: { Username: email, UserStatus: 'FORCE_CHANGE_PASSWORD' } };
    },
    'cognito-idp AdminGetUser': (input) => {
      const user = users.get(text(input, 'Username'));
      if (!user) return new AwsFault('UserNotFoundException', 'User does not exist.');
      return { Username: input.Username, UserAttributes: attributesOf(text(input, 'Username'), user.tenant) };
    },
    'cognito-idp AdminAddUserToGroup': (input) => {
      users.get(text(input, 'Username'))?.groups.push(text(input, 'GroupName'));
      return {};
    },
    'cognito-idp AdminDeleteUser': (input) => {
      users.delete(text(input, 'Username'));
      return {};
    },
  };
}

function rowAnswers({ rows }: TenantState): Answers {
  return {
    'dynamodb GetItem': ({ Key }) => {
      const tenant = rows.get(rowOf(Key));
      return tenant ? { Item: { ...(Key as object), tenant: { S: tenant } } } : {};
    },
    'dynamodb PutItem': ({ Item }) => {
      const tenant = (Item as { tenant: { S: string } }).tenant.S;
      if ((rows.get(rowOf(Item)) ?? tenant) !== tenant) {
        return new AwsFault('ConditionalCheckFailedException', 'The conditional request failed');
      }
      rows.set(rowOf(Item), tenant);
      return {};
    },
    'dynamodb DeleteItem': ({ Key }) => {
      rows.delete(rowOf(Key));
      return {};
    },
  };
}
