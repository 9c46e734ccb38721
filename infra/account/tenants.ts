import { EMAIL_ADDRESS, SCOPE, TENANT_NAME } from '#shared/names.ts';
import { writeOutputs } from '../outputs.ts';
import { acceptedClients, MAX_ACCEPTED_CLIENTS } from './accepted-clients.ts';
import { type CommandContext, chosenStage, readArguments, runCommand, unusedOptions } from './command.ts';
import {
  createClient,
  deleteClient,
  describeClient,
  type MachineClient,
  registerClient,
  scopesOf,
  unregisterClient,
} from './machine-clients.ts';
import { addPerson, listPeople, makeOperator, removePerson } from './people.ts';
import { Refused } from './refused.ts';
import { addSecret, finishRotation } from './secrets.ts';
import { readOutputs } from './stack.ts';
import {
  acceptRegistered,
  clientsOf,
  machineClientsOf,
  onlyClientOf,
  openTenantContext,
  requireClientQuota,
  SMOKE_TENANT,
  type TenantContext,
} from './tenant-context.ts';
import { accessToken } from './token.ts';

const USAGE = [
  'Usage: npm run tenants -- --stage <name> …',
  '  list                                             lists who may use the stage',
  '  add <tenant> --client [--operator]               adds a machine client, and prints its id and secret',
  '  add <tenant> --user <address> [--operator]       adds a person; Cognito sends an invitation',
  '  remove <tenant> --client | --user <address>',
  '  rotate <tenant> [--finish]                       adds a second secret; --finish deletes the older one',
  '  token <tenant>… [--into <outputs.json>]          gets access tokens of machine clients, valid for an hour',
].join('\n');

type Options = { client: boolean; operator: boolean; finish: boolean; user?: string; into?: string };
type Request = { verb: string; tenants: string[]; options: Options };
type Verb = {
  /** Options that the verb accepts. */
  takes: (keyof Options)[];
  faults(request: Request): string[];
  run(context: TenantContext, request: Request): Promise<void>;
};

/** `npm run tenants`: manages the users of a stage that has its own user pool. */
export async function tenants(args: string[], context: CommandContext): Promise<number> {
  const { values, words } = readArguments(USAGE, args, {
    stage: { type: 'string' },
    client: { type: 'boolean', default: false },
    operator: { type: 'boolean', default: false },
    finish: { type: 'boolean', default: false },
    user: { type: 'string' },
    into: { type: 'string' },
  });
  const chosen = chosenStage(values.stage, context);
  const [name = '', ...named] = words;
  const request: Request = { verb: name, tenants: named, options: values };
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) throw new Refused(USAGE);
  const faults = [...unusedOptions(name, verb.takes, values), ...verb.faults(request), ...named.flatMap(nameFaults)];
  if (faults.length > 0) throw new Refused(...faults);
  await verb.run(await openTenantContext(chosen, context), request);
  return 0;
}

const nameFaults = (tenant: string): string[] =>
  TENANT_NAME.test(tenant) ? [] : [`"${tenant}" is not a tenant’s name: use 1 to 64 letters, digits, _ and -.`];

const oneTenant = ({ verb, tenants: named }: Request): string[] =>
  named.length === 1 ? [] : [`${verb} takes one tenant; ${named.length} were named.`];

function clientOrUser({ verb, tenants: named, options: { client, user } }: Request): string[] {
  const faults: string[] = [];
  if (client === (user !== undefined)) faults.push(`${verb} takes either --client or --user <address>.`);
  if (user !== undefined && !EMAIL_ADDRESS.test(user)) faults.push(`--user "${user}" is not an e-mail address.`);
  if (named.includes(SMOKE_TENANT))
    faults.push(`Tenant "${SMOKE_TENANT}" belongs to npm run smoke; choose another name.`);
  return faults;
}

const verbs: Record<string, Verb> = {
  list: {
    takes: [],
    faults: ({ tenants: named }) => (named.length > 0 ? ['list takes no tenant: it shows all.'] : []),
    run: list,
  },
  add: {
    takes: ['client', 'user', 'operator'],
    faults: (request) => [...oneTenant(request), ...clientOrUser(request)],
    run: (context, request) => (request.options.user === undefined ? addMachine : addUser)(context, request),
  },
  remove: {
    takes: ['client', 'user'],
    faults: (request) => [...oneTenant(request), ...clientOrUser(request)],
    run: (context, request) => (request.options.user === undefined ? removeMachine : removeUser)(context, request),
  },
  rotate: { takes: ['finish'], faults: oneTenant, run: rotate },
  token: {
    takes: ['into'],
    faults: ({ tenants: named }) => (named.length > 0 ? [] : ['token needs the names of one or more tenants.']),
    run: tokens,
  },
};

const tenantOf = ({ tenants: [tenant = ''] }: Request): string => tenant;
const peopleOf = ({ store: { account, pool } }: TenantContext) => ({ cognito: account.cognito, poolId: pool.id });

async function list(context: TenantContext): Promise<void> {
  const { print } = context.command;
  const machines = await machineClientsOf(context);
  const accepted = acceptedClients(context.stack);
  print(
    `Stage ${context.stage} accepts ${context.ownClientIds.length + accepted.length} of at most ${MAX_ACCEPTED_CLIENTS} clients.`,
  );
  const lines = machines.map((client) => machineLine(client, accepted.includes(client.clientId)));
  const gone = accepted.filter((id) => !machines.some(({ clientId }) => clientId === id));
  const people = await listPeople(peopleOf(context));
  lines.push(...people.map(({ tenant, email, status }) => `${tenant ?? '(no tenant)'}: person ${email}, ${status}`));
  for (const line of lines.sort()) print(line);
  for (const id of gone)
    print(`Client ${id} is accepted but no longer exists. The next add or remove takes it off the list.`);
}

function machineLine({ clientId, name, tenant }: MachineClient, isAccepted: boolean): string {
  const who = `${tenant ?? name}: client ${clientId}`;
  if (tenant === undefined) return `${who}, only partly added or removed: run add or remove again`;
  return isAccepted ? `${who}, ready` : `${who}, not accepted by the API yet: run add again`;
}

/**
 * Each of three steps is kept: the client, its row, its entry in the API's list. If the command is interrupted after
 * the first step, the client gets no token; after the second, its tokens are refused. Run again, the command continues
 * where it stopped.
 */
async function addMachine(context: TenantContext, request: Request): Promise<void> {
  const { store, command } = context;
  const tenant = tenantOf(request);
  const scopes = scopesOf(store.pool, request.options.operator);
  const machines = await machineClientsOf(context);
  const existing = clientsOf(machines, tenant);
  const others = machines.filter((client) => client.tenant !== undefined && !existing.includes(client));
  requireClientQuota(context, others.length + Math.max(1, existing.length));
  for (const { clientId } of existing) await requireScopes(context, clientId, tenant, scopes);

  const created = existing.length === 0 ? await createClient(store, tenant, scopes) : undefined;
  const ids = created ? [created.clientId] : existing.map(({ clientId }) => clientId);
  for (const id of ids) await registerClient(store, id, tenant);
  await acceptRegistered(context, ids);
  for (const id of ids) printClient(context, tenant, id, created?.secret);
  command.print(`It gets its tokens from ${store.pool.tokenUrl}, by client credentials.`);
}

/** The scopes of a machine are set when its client is created, and do not change. */
async function requireScopes(
  { store }: TenantContext,
  clientId: string,
  tenant: string,
  scopes: string[],
): Promise<void> {
  const described = await describeClient(store, clientId);
  if (described.scopes.toSorted().join() === scopes.toSorted().join()) return;
  const operates = described.scopes.includes(`${store.pool.scopePrefix}${SCOPE.operations}`);
  throw new Refused(
    `Tenant ${tenant} has client ${clientId}, which is ${operates ? 'an' : 'not an'} operator. Remove it first (remove ${tenant} --client), or ${operates ? 'add' : 'leave out'} --operator.`,
  );
}

function printClient(
  { store, command: { print } }: TenantContext,
  tenant: string,
  clientId: string,
  secret?: string,
): void {
  const again = `aws cognito-idp describe-user-pool-client --user-pool-id ${store.pool.id} --client-id ${clientId}`;
  print(`Tenant ${tenant} has client ${clientId}, which the API accepts.`);
  if (secret !== undefined) print(`Its secret, which is shown only this once: ${secret}`);
  print(`To show the secret again, run: ${again}`);
}

async function addUser(context: TenantContext, request: Request): Promise<void> {
  const { user = '', operator } = request.options;
  const { print } = context.command;
  if (context.ownClientIds.every((id) => id === context.store.pool.smokeClientId)) {
    throw new Refused(
      `No person can sign in to stage ${context.stage}: it has no client for people. Set jwt.callbackUrls in infra/stages.ts, and deploy.`,
    );
  }
  const tenant = tenantOf(request);
  const isNew = await addPerson(peopleOf(context), user, tenant);
  if (operator) await makeOperator(peopleOf(context), user);
  print(
    isNew
      ? `${user} belongs to tenant ${tenant}. Cognito has sent an invitation, which is valid for three days.`
      : `${user} already belongs to tenant ${tenant}.`,
  );
  if (operator) print(`${user} is an operator.`);
}

/**
 * The order removes access first: the client gets no new tokens, then the API refuses its tokens, then the client is
 * deleted.
 */
async function removeMachine(context: TenantContext, request: Request): Promise<void> {
  const tenant = tenantOf(request);
  const clients = clientsOf(await machineClientsOf(context), tenant);
  if (clients.length === 0)
    throw new Refused(`Tenant ${tenant} has no client in stage ${context.stage}; nothing was changed.`);
  for (const { clientId } of clients) await unregisterClient(context.store, clientId);
  await acceptRegistered(context);
  for (const { clientId } of clients) {
    await deleteClient(context.store, clientId);
    context.command.print(`Client ${clientId} of tenant ${tenant} is deleted. Its tokens are no longer accepted.`);
  }
}

async function removeUser(context: TenantContext, request: Request): Promise<void> {
  const { user = '' } = request.options;
  await removePerson(peopleOf(context), user, tenantOf(request));
  context.command.print(`${user} is deleted. Existing tokens stay valid for an hour at most.`);
}

async function rotate(context: TenantContext, request: Request): Promise<void> {
  const tenant = tenantOf(request);
  const { print } = context.command;
  const { clientId } = onlyClientOf(await machineClientsOf(context), tenant);
  if (request.options.finish) {
    await finishRotation(context.store, clientId);
    print(`The older secret of client ${clientId} is deleted. The newer one stays valid.`);
    return;
  }
  const secret = await addSecret(context.store, clientId);
  print(`Client ${clientId} of tenant ${tenant} has a second secret, which is shown only this once: ${secret}`);
  print(
    `Both secrets are valid. When all users have the new one, run: npm run tenants -- --stage ${context.stage} rotate ${tenant} --finish`,
  );
}

async function tokens(context: TenantContext, request: Request): Promise<void> {
  const { CLIENT_SECRET: given } = context.command.environment;
  const { tenants: named, options } = request;
  if (given && named.length > 1)
    throw new Refused('CLIENT_SECRET is the secret of one client, so name only its tenant.');
  const file = options.into === undefined ? undefined : readOutputs(options.into);
  const machines = await machineClientsOf(context);
  const made: Record<string, string> = {};
  for (const tenant of named) made[tenant] = await tokenOf(context, machines, tenant, given);
  if (file && options.into !== undefined) {
    writeOutputs(options.into, { ...file, tokens: { ...file.tokens, ...made } });
    context.command.print(`${options.into} contains tokens of ${named.join(', ')}, valid for an hour.`);
    return;
  }
  context.command.print(named.length === 1 ? (made[named[0] ?? ''] ?? '') : JSON.stringify(made, null, 2));
}

async function tokenOf(
  { store }: TenantContext,
  machines: MachineClient[],
  tenant: string,
  given?: string,
): Promise<string> {
  const clientId = tenant === SMOKE_TENANT ? store.pool.smokeClientId : onlyClientOf(machines, tenant).clientId;
  const secret = given || (await describeClient(store, clientId)).secret;
  return accessToken({ tokenUrl: store.pool.tokenUrl, clientId, secret });
}

if (import.meta.main) await runCommand(tenants);
