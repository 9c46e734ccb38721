import { stackNameOf } from '../outputs.ts';
import { acceptClients, MOST_ACCEPTED_CLIENTS } from './accepted-clients.ts';
import { clientConfigOf, openAccount, placeOf } from './clients.ts';
import type { ChosenStage, Surroundings } from './command.ts';
import { type ClientStore, listMachineClients, type MachineClient } from './machine-clients.ts';
import { Refused } from './refused.ts';
import { type DeployedStack, deployedStage, poolOf, stackResources } from './stack.ts';

/** A deployed stage whose tenants are managed, with everything that this takes. */
export type Desk = {
  stage: string;
  stack: DeployedStack;
  store: ClientStore;
  /** Clients that the template creates: the client of `npm run smoke` and the client of people. */
  ownClientIds: string[];
  surroundings: Surroundings;
};

/** The tenant of `npm run smoke`. No other client or person may use it. */
export const SMOKE_TENANT = 'smoke';

/**
 * Prepares the management of a deployed stage's tenants.
 * @throws Refused for a stage that is not deployed, or whose tenants are managed by an external issuer.
 */
export async function openDesk({ stage, settings }: ChosenStage, surroundings: Surroundings): Promise<Desk> {
  const { jwt } = settings;
  if (jwt.kind === 'issuer') {
    throw new Refused(
      `Tenants of stage ${stage} live with its issuer, ${jwt.issuer}, and are added there: this command looks after a user pool of the stage’s own only.`,
      `What the issuer’s access tokens must carry: the tenant in the claim "${jwt.tenantClaim}", ${accepted(jwt)}, and scopes that begin with "${jwt.scopePrefix}".`,
    );
  }
  const account = openAccount(clientConfigOf(settings.region, surroundings.client));
  const { region } = await placeOf(account, { stage, settings });
  const { stack, outputs } = await deployedStage(account.cloudFormation, stackNameOf(stage), region);
  const resources = await stackResources(account.cloudFormation, stack.name);
  const own = resources.filter(({ type }) => type === 'AWS::Cognito::UserPoolClient');
  return {
    stage,
    stack,
    store: { account, pool: poolOf(outputs), tableName: outputs.tableName },
    ownClientIds: own.map(({ physicalId }) => physicalId),
    surroundings,
  };
}

function accepted({ audience = [], clientIds = [] }: { audience?: string[]; clientIds?: string[] }): string {
  const [first, ...others] = [...audience, ...clientIds];
  return `aud (or client_id, without an aud) ${first}${others.map((other) => ` or ${other}`).join('')}`;
}

export const machinesOf = ({ store, ownClientIds }: Desk): Promise<MachineClient[]> =>
  listMachineClients(store, ownClientIds);

/** A tenant’s clients, including clients without a row that an interrupted `add` left behind. */
export const clientsOf = (machines: MachineClient[], tenant: string): MachineClient[] =>
  machines.filter((client) => (client.tenant ?? client.name) === tenant);

/**
 * Returns the only client of a tenant.
 * @throws Refused if the tenant has no client, or several.
 */
export function theClientOf(machines: MachineClient[], tenant: string): MachineClient {
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
export function requireRoom({ stage, ownClientIds }: Desk, machines: number): void {
  const all = ownClientIds.length + machines;
  if (all <= MOST_ACCEPTED_CLIENTS) return;
  throw new Refused(
    `API Gateway accepts ${MOST_ACCEPTED_CLIENTS} clients for one API, and stage ${stage} would have ${all}; AWS does not raise that.`,
    'Remove a client that nobody uses (npm run tenants -- list, remove), or use an issuer of your own, whose tokens all carry the same aud (jwt.kind "issuer").',
  );
}

/**
 * Makes the API accept every client that has a tenant, and no other client.
 * @param justRegistered are accepted even if the pool does not list them yet.
 */
export async function acceptRegistered(desk: Desk, justRegistered: string[] = []): Promise<void> {
  const { store, stack, surroundings } = desk;
  await acceptClients({
    cloudFormation: store.account.cloudFormation,
    stackName: stack.name,
    pollMs: surroundings.pollMs,
    print: surroundings.print,
    wanted: async () => {
      const registered = (await machinesOf(desk)).filter(({ tenant }) => tenant !== undefined);
      const ids = [...new Set([...registered.map(({ clientId }) => clientId), ...justRegistered])];
      requireRoom(desk, ids.length);
      return ids;
    },
  });
}
