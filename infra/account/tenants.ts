import { readFileSync } from 'node:fs';
import { EMAIL_ADDRESS, SCOPE, TENANT_NAME } from '#shared/names.ts';
import { type StageOutputs, writeOutputs } from '../outputs.ts';
import { acceptedClients, MOST_ACCEPTED_CLIENTS } from './accepted-clients.ts';
import { chosenStage, readArguments, runCommand, type Surroundings } from './command.ts';
import {
  acceptRegistered,
  clientsOf,
  type Desk,
  machinesOf,
  openDesk,
  requireRoom,
  SMOKE_TENANT,
  theClientOf,
} from './desk.ts';
import {
  createClient,
  deleteClient,
  describeClient,
  type MachineClient,
  registerClient,
  scopesOf,
  unregisterClient,
} from './machine-clients.ts';
import { addPerson, letOperate, listPeople, removePerson } from './people.ts';
import { Refused } from './refused.ts';
import { addSecret, finishRotation } from './secrets.ts';
import { accessToken } from './token.ts';

const USAGE = [
  'Usage: npm run tenants -- --stage <name> …',
  '  list                                             who may use the stage',
  '  add <tenant> --client [--operator]               a machine of the tenant, with id and secret',
  '  add <tenant> --user <address> [--operator]       a person of the tenant, who is mailed an invitation',
  '  remove <tenant> --client | --user <address>',
  '  rotate <tenant> [--finish]                       a second secret; with --finish, the end of the first',
  '  token <tenant>… [--into <outputs.json>]          access tokens of machines, good for an hour',
].join('\n');

type Options = { client: boolean; operator: boolean; finish: boolean; user?: string; into?: string };
type Request = { verb: string; tenants: string[]; options: Options };
type Verb = {
  /** Options that the verb accepts. */
  takes: (keyof Options)[];
  faults(request: Request): string[];
  run(desk: Desk, request: Request): Promise<void>;
};

/** `npm run tenants`: manages the users of a stage that has its own user pool. */
export async function tenants(args: string[], surroundings: Surroundings): Promise<number> {
  const { values, words } = readArguments(USAGE, args, {
    stage: { type: 'string' },
    client: { type: 'boolean', default: false },
    operator: { type: 'boolean', default: false },
    finish: { type: 'boolean', default: false },
    user: { type: 'string' },
    into: { type: 'string' },
  });
  const chosen = chosenStage(values.stage, surroundings);
  const [name = '', ...named] = words;
  const request: Request = { verb: name, tenants: named, options: values };
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) throw new Refused(USAGE);
  const faults = [...unusedOptions(verb, request), ...verb.faults(request), ...named.flatMap(nameFaults)];
  if (faults.length > 0) throw new Refused(...faults);
  await verb.run(await openDesk(chosen, surroundings), request);
  return 0;
}

function unusedOptions({ takes }: Verb, { verb, options }: Request): string[] {
  const given = Object.entries(options).filter(
    ([name, value]) => name !== 'stage' && value !== undefined && value !== false,
  );
  return given
    .filter(([name]) => !takes.includes(name as keyof Options))
    .map(([name]) => `--${name} means nothing to ${verb}.`);
}

const nameFaults = (tenant: string): string[] =>
  TENANT_NAME.test(tenant) ? [] : [`"${tenant}" is no tenant’s name: use 1 to 64 letters, digits, _ and -.`];

const oneTenant = ({ verb, tenants: named }: Request): string[] =>
  named.length === 1 ? [] : [`${verb} takes one tenant; ${named.length} were named.`];

function clientOrUser({ verb, tenants: named, options: { client, user } }: Request): string[] {
  const faults: string[] = [];
  if (client === (user !== undefined)) faults.push(`${verb} takes either --client or --user <address>.`);
  if (user !== undefined && !EMAIL_ADDRESS.test(user)) faults.push(`--user "${user}" is no e-mail address.`);
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
    run: (desk, request) => (request.options.user === undefined ? addMachine : addUser)(desk, request),
  },
  remove: {
    takes: ['client', 'user'],
    faults: (request) => [...oneTenant(request), ...clientOrUser(request)],
    run: (desk, request) => (request.options.user === undefined ? removeMachine : removeUser)(desk, request),
  },
  rotate: { takes: ['finish'], faults: oneTenant, run: rotate },
  token: {
    takes: ['into'],
    faults: ({ tenants: named }) => (named.length > 0 ? [] : ['token takes the tenants that tokens are for.']),
    run: tokens,
  },
};

const theTenant = ({ tenants: [tenant = ''] }: Request): string => tenant;
const peopleOf = ({ store: { account, pool } }: Desk) => ({ cognito: account.cognito, poolId: pool.id });

async function list(desk: Desk): Promise<void> {
  const { print } = desk.surroundings;
  const machines = await machinesOf(desk);
  const accepted = acceptedClients(desk.stack);
  print(
    `Stage ${desk.stage} accepts ${desk.ownClientIds.length + accepted.length} of at most ${MOST_ACCEPTED_CLIENTS} clients.`,
  );
  const lines = machines.map((client) => machineLine(client, accepted.includes(client.clientId)));
  const gone = accepted.filter((id) => !machines.some(({ clientId }) => clientId === id));
  const people = await listPeople(peopleOf(desk));
  lines.push(...people.map(({ tenant, email, status }) => `${tenant ?? '(no tenant)'}: person ${email}, ${status}`));
  for (const line of lines.sort()) print(line);
  for (const id of gone)
    print(`Client ${id} is accepted and no longer exists; any add or remove takes it off the list.`);
}

function machineLine({ clientId, name, tenant }: MachineClient, isAccepted: boolean): string {
  const who = `${tenant ?? name}: client ${clientId}`;
  if (tenant === undefined) return `${who}, half added or half removed: add or remove it again`;
  return isAccepted ? `${who}, ready` : `${who}, not accepted by the API yet: add it again`;
}

/**
 * Each of three steps is kept: the client, its row, its entry in the API's list. If the command is interrupted after
 * the first step, the client gets no token; after the second, its tokens are refused. Run again, the command continues
 * where it stopped.
 */
async function addMachine(desk: Desk, request: Request): Promise<void> {
  const { store, surroundings } = desk;
  const tenant = theTenant(request);
  const scopes = scopesOf(store.pool, request.options.operator);
  const machines = await machinesOf(desk);
  const existing = clientsOf(machines, tenant);
  const others = machines.filter((client) => client.tenant !== undefined && !existing.includes(client));
  requireRoom(desk, others.length + Math.max(1, existing.length));
  for (const { clientId } of existing) await requireScopes(desk, clientId, tenant, scopes);

  const created = existing.length === 0 ? await createClient(store, tenant, scopes) : undefined;
  const ids = created ? [created.clientId] : existing.map(({ clientId }) => clientId);
  for (const id of ids) await registerClient(store, id, tenant);
  await acceptRegistered(desk, ids);
  for (const id of ids) tellClient(desk, tenant, id, created?.secret);
  surroundings.print(`Its tokens come from ${store.pool.tokenUrl}, by client credentials.`);
}

/** The scopes of a machine are set when its client is created, and do not change. */
async function requireScopes({ store }: Desk, clientId: string, tenant: string, scopes: string[]): Promise<void> {
  const described = await describeClient(store, clientId);
  if (described.scopes.toSorted().join() === scopes.toSorted().join()) return;
  const operates = described.scopes.includes(`${store.pool.scopePrefix}${SCOPE.operations}`);
  throw new Refused(
    `Tenant ${tenant} has client ${clientId}, which is ${operates ? 'an' : 'no'} operator; remove it first (remove ${tenant} --client), or ${operates ? 'add' : 'leave out'} --operator.`,
  );
}

function tellClient({ store, surroundings: { print } }: Desk, tenant: string, clientId: string, secret?: string): void {
  const again = `aws cognito-idp describe-user-pool-client --user-pool-id ${store.pool.id} --client-id ${clientId}`;
  print(`Tenant ${tenant} has client ${clientId}, which the API accepts.`);
  if (secret !== undefined) print(`Its secret, shown this once: ${secret}`);
  print(`Whoever may run this sees it again: ${again}`);
}

async function addUser(desk: Desk, request: Request): Promise<void> {
  const { user = '', operator } = request.options;
  const { print } = desk.surroundings;
  if (desk.ownClientIds.every((id) => id === desk.store.pool.smokeClientId)) {
    throw new Refused(
      `Nobody can sign in to stage ${desk.stage}: it has no client for people. Set jwt.callbackUrls in infra/stages.ts, and deploy.`,
    );
  }
  const tenant = theTenant(request);
  const isNew = await addPerson(peopleOf(desk), user, tenant);
  if (operator) await letOperate(peopleOf(desk), user);
  print(
    isNew
      ? `${user} belongs to tenant ${tenant}; Cognito has mailed an invitation, good for three days.`
      : `${user} belonged to tenant ${tenant} already.`,
  );
  if (operator) print(`${user} may also operate.`);
}

/**
 * The order removes access first: the client gets no new tokens, then the API refuses its tokens, then the client is
 * deleted.
 */
async function removeMachine(desk: Desk, request: Request): Promise<void> {
  const tenant = theTenant(request);
  const clients = clientsOf(await machinesOf(desk), tenant);
  if (clients.length === 0)
    throw new Refused(`Tenant ${tenant} has no client in stage ${desk.stage}; nothing was changed.`);
  for (const { clientId } of clients) await unregisterClient(desk.store, clientId);
  await acceptRegistered(desk);
  for (const { clientId } of clients) {
    await deleteClient(desk.store, clientId);
    desk.surroundings.print(`Client ${clientId} of tenant ${tenant} is gone; its tokens are no longer accepted.`);
  }
}

async function removeUser(desk: Desk, request: Request): Promise<void> {
  const { user = '' } = request.options;
  await removePerson(peopleOf(desk), user, theTenant(request));
  desk.surroundings.print(`${user} is gone; a token that they have is good for an hour at most.`);
}

async function rotate(desk: Desk, request: Request): Promise<void> {
  const tenant = theTenant(request);
  const { print } = desk.surroundings;
  const { clientId } = theClientOf(await machinesOf(desk), tenant);
  if (request.options.finish) {
    await finishRotation(desk.store, clientId);
    print(`The older secret of client ${clientId} is gone; the newer one is its only one.`);
    return;
  }
  const secret = await addSecret(desk.store, clientId);
  print(`Client ${clientId} of tenant ${tenant} has a second secret, shown this once: ${secret}`);
  print(`Both are good. When everybody uses it: npm run tenants -- --stage ${desk.stage} rotate ${tenant} --finish`);
}

async function tokens(desk: Desk, request: Request): Promise<void> {
  const { CLIENT_SECRET: given } = desk.surroundings.environment;
  const { tenants: named, options } = request;
  if (given && named.length > 1) throw new Refused('CLIENT_SECRET is the secret of one client; name its tenant alone.');
  const file = options.into === undefined ? undefined : readOutputs(options.into);
  const machines = await machinesOf(desk);
  const made: Record<string, string> = {};
  for (const tenant of named) made[tenant] = await tokenOf(desk, machines, tenant, given);
  if (file && options.into !== undefined) {
    writeOutputs(options.into, { ...file, tokens: { ...file.tokens, ...made } });
    desk.surroundings.print(`${options.into} holds tokens of ${named.join(', ')}, good for an hour.`);
    return;
  }
  desk.surroundings.print(named.length === 1 ? (made[named[0] ?? ''] ?? '') : JSON.stringify(made, null, 2));
}

async function tokenOf({ store }: Desk, machines: MachineClient[], tenant: string, given?: string): Promise<string> {
  const clientId = tenant === SMOKE_TENANT ? store.pool.smokeClientId : theClientOf(machines, tenant).clientId;
  const secret = given || (await describeClient(store, clientId)).secret;
  return accessToken({ tokenUrl: store.pool.tokenUrl, clientId, secret });
}

/** @throws Refused if the file for the tokens cannot be read. */
function readOutputs(file: string): StageOutputs {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Refused(
      `${file} cannot be read (${(error as Error).message}); npm run deploy writes .counterfoil/<stage>.outputs.json.`,
    );
  }
}

if (import.meta.main) await runCommand(tenants);
