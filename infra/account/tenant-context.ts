import { stackNameOf } from '../outputs.ts';
import { acceptClients, MAX_ACCEPTED_CLIENTS } from './accepted-clients.ts';
import { clientConfigOf, openAccount, placeOf } from './clients.ts';
import type { ChosenStage, CommandContext } from './command.ts';
import { type ClientStore, listMachineClients, type MachineClient } from './machine-clients.ts';
import { Refused } from './refused.ts';
import { type DeployedStack, deployedStage, poolOf, stackResources } from './stack.ts';

/** What the commands about the tenants of a deployed stage need. */
export type TenantContext = {
  stage: string;
  stack: DeployedStack;
  store: ClientStore;
  /** Clients that the template creates: the client of `npm run smoke` and the client of people. */
  ownClientIds: string[];
  command: CommandContext;
};

/** The tenant of `npm run smoke`. No other client or person may use it. */
export const SMOKE_TENANT = 'smoke';

/**
 * Prepares the management of a deployed stage's tenants.
 * @throws Refused for a stage that is not deployed, or whose tenants are managed by an external issuer.
 */
export async function openTenantContext(
  { stage, settings }: ChosenStage,
  command: CommandContext,
): Promise<TenantContext> {
  const { jwt } = settings;
  if (jwt.kind === 'issuer') {
    throw new Refused(
      `The tokens of stage ${stage} come from ${jwt.issuer}, so its tenants are managed there. This command manages only the user pool of a stage.`,
      `The issuer’s access tokens must contain: the tenant in the claim "${jwt.tenantClaim}", ${accepted(jwt)}, and scopes that begin with "${jwt.scopePrefix}".`,
    );
  }
  const account = openAccount(clientConfigOf(settings.region, command.client));
  const { region } = await placeOf(account, { stage, settings });
  const { stack, outputs } = await deployedStage(account.cloudFormation, stackNameOf(stage), region);
  const resources = await stackResources(account.cloudFormation, stack.name);
  const own = resources.filter(({ type }) => type === 'AWS::Cognito::UserPoolClient');
  return {
    stage,
    stack,
    store: { account, pool: poolOf(outputs), tableName: outputs.tableName },
    ownClientIds: own.map(({ physicalId }) => physicalId),
    command,
  };
}

function accepted({ audience = [], clientIds = [] }: { audience?: string[]; clientIds?: string[] }): string {
  const [first, ...others] = [...audience, ...clientIds];
  return `aud (or client_id, without an aud) ${first}${others.map((other) => ` or ${other}`).join('')}`;
}

export const machineClientsOf = ({ store, ownClientIds }: TenantContext): Promise<MachineClient[]> =>
  listMachineClients(store, ownClientIds);

/** A tenant’s clients, including clients without a row that an interrupted `add` left behind. */
export const clientsOf = (machines: MachineClient[], tenant: string): MachineClient[] =>
  machines.filter((client) => (client.tenant ?? client.name) === tenant);

/**
 * Returns the only client of a tenant.
 * @throws Refused if the tenant has no client, or several.
 */
export function onlyClientOf(machines: MachineClient[], tenant: string): MachineClient {
  const [client, ...others] = clientsOf(machines, tenant);
  if (!client) throw new Refused(`Tenant ${tenant} has no client; add one with add ${tenant} --client.`);
  if (others.length === 0) return client;
  const ids = [client, ...others].map(({ clientId }) => clientId).join(', ');
  throw new Refused(
    `Tenant ${tenant} has several clients (${ids}); delete all but one with aws cognito-idp delete-user-pool-client, then run add ${tenant} --client.`,
  );
}

/**
 * Checks that API Gateway accepts this number of clients.
 * @throws Refused with the alternatives.
 */
export function requireClientQuota({ stage, ownClientIds }: TenantContext, machines: number): void {
  const all = ownClientIds.length + machines;
  if (all <= MAX_ACCEPTED_CLIENTS) return;
  throw new Refused(
    `API Gateway accepts ${MAX_ACCEPTED_CLIENTS} clients for one API, and stage ${stage} would have ${all}; AWS does not raise that.`,
    'Remove a client that is no longer used (npm run tenants -- list, remove), or use your own issuer, whose tokens all contain the same aud (jwt.kind "issuer").',
  );
}

/**
 * Makes the API accept every client that has a tenant, and no other client.
 * @param justRegistered are accepted even if the pool does not list them yet.
 */
export async function acceptRegistered(context: TenantContext, justRegistered: string[] = []): Promise<void> {
  const { store, stack, command } = context;
  await acceptClients({
    cloudFormation: store.account.cloudFormation,
    stackName: stack.name,
    pollMs: command.pollMs,
    print: command.print,
    wanted: async () => {
      const registered = (await machineClientsOf(context)).filter(({ tenant }) => tenant !== undefined);
      const ids = [...new Set([...registered.map(({ clientId }) => clientId), ...justRegistered])];
      requireClientQuota(context, ids.length);
      return ids;
    },
  });
}
