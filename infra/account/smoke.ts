import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type StageOutputs, stackNameOf } from '../outputs.ts';
import { clientConfigOf, openAccount, placeOf } from './clients.ts';
import { chosenStage, readArguments, runCommand, type Surroundings } from './command.ts';
import { SMOKE_TENANT } from './desk.ts';
import { describeClient, registerClient } from './machine-clients.ts';
import { Refused } from './refused.ts';
import { deployedStage, poolOf } from './stack.ts';
import { type ApiAnswer, type ShownNotification, stageClient } from './stage-client.ts';
import { accessToken } from './token.ts';

const USAGE = 'Usage: npm run smoke -- --stage <name> | --outputs <outputs.json> [--within <seconds>]';

/**
 * SES's mailbox simulator. It accepts mail from every account, also in the sandbox, and does not affect the reputation.
 */
const SIMULATOR = 'success@simulator.amazonses.com';
const LOOK_EVERY_MS = 1000;

/** A stage, and a token for its API. */
type Entrance = { outputs: StageOutputs; token: string; doctor: string };

/**
 * `npm run smoke`: places an order whose mail goes to the mailbox simulator, follows the mail until the provider
 * reports its delivery, and sends the same request again.
 */
export async function smoke(args: string[], surroundings: Surroundings): Promise<number> {
  const { values } = readArguments(USAGE, args, {
    stage: { type: 'string' },
    outputs: { type: 'string' },
    within: { type: 'string', default: '180' },
  });
  const withinSeconds = Number(values.within);
  if (!(withinSeconds > 0)) throw new Refused(`--within "${values.within}" is no number of seconds.`, USAGE);
  if ((values.stage === undefined) === (values.outputs === undefined)) throw new Refused(USAGE);
  const tell = timedPrinter(surroundings.print);
  const entrance = await (values.outputs === undefined
    ? entranceOfStage(values.stage, surroundings)
    : entranceOfFile(values.outputs, surroundings));
  tell('there is a token');
  await run(entrance, { tell, withinSeconds, lookEveryMs: Math.min(LOOK_EVERY_MS, surroundings.pollMs) });
  tell('well');
  return 0;
}

/** Prints each line with the seconds since this printer was created. */
function timedPrinter(print: (line: string) => void): (what: string) => void {
  const startedAt = performance.now();
  return (what) => print(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`);
}

const TOKEN_HINT = 'put a token with orders:write and messages:read into the environment variable TOKEN';

/** Reads the outputs of the deployed stage. The first run registers the smoke client's tenant. */
async function entranceOfStage(name: string | undefined, surroundings: Surroundings): Promise<Entrance> {
  const { stage, settings } = chosenStage(name, surroundings);
  const account = openAccount(clientConfigOf(settings.region, surroundings.client));
  const { region } = await placeOf(account, { stage, settings });
  const { outputs } = await deployedStage(account.cloudFormation, stackNameOf(stage), region);
  const doctor = `npm run doctor -- --stage ${stage}`;
  const { TOKEN } = surroundings.environment;
  if (TOKEN) return { outputs, token: TOKEN, doctor };
  if (settings.jwt.kind === 'issuer') {
    throw new Refused(`The tokens of stage ${stage} come from ${settings.jwt.issuer}: ${TOKEN_HINT}.`);
  }
  const pool = poolOf(outputs);
  await registerClient({ account, tableName: outputs.tableName }, pool.smokeClientId, SMOKE_TENANT);
  const { secret } = await describeClient({ account, pool }, pool.smokeClientId);
  const token = await accessToken({ tokenUrl: pool.tokenUrl, clientId: pool.smokeClientId, secret });
  return { outputs, token, doctor };
}

function entranceOfFile(file: string, { environment }: Surroundings): Entrance {
  let outputs: StageOutputs;
  try {
    outputs = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Refused(`${file} cannot be read: ${(error as Error).message}`);
  }
  const { tokens = {} } = outputs;
  const token = environment.TOKEN || (tokens[SMOKE_TENANT] ?? Object.values(tokens)[0]);
  if (!token)
    throw new Refused(
      `${file} holds no token: add one with npm run tenants -- token … --into ${file}, or ${TOKEN_HINT}.`,
    );
  return { outputs, token, doctor: `npm run doctor -- --stage ${outputs.stage ?? '<name>'}` };
}

type RunOptions = { tell(what: string): void; withinSeconds: number; lookEveryMs: number };

async function run(entrance: Entrance, options: RunOptions): Promise<void> {
  const { outputs, token } = entrance;
  const client = stageClient(outputs.apiUrl, token);
  const order = {
    contact: { name: 'Smoke Test', email: SIMULATOR },
    currency: 'EUR',
    lines: [{ sku: 'SMOKE-1', description: 'Smoke test', quantity: 1, unitPrice: 100 }],
  };
  const key = `smoke-${randomUUID()}`;
  const placed = await client.place(key, order);
  if (placed.status !== 201) throw refusedOrder(outputs.apiUrl, placed);
  const orderId = String(placed.json.orderId);
  options.tell(`order ${orderId} is placed`);
  const [email] = placed.json.notifications as { notificationId: string }[];
  await followed(() => client.notification(String(email?.notificationId)), entrance, options);
  const again = await client.place(key, order);
  const isReplay =
    again.headers.get('idempotency-replayed') === 'true' &&
    again.status === placed.status &&
    again.text === placed.text;
  if (!isReplay) {
    throw new Refused(
      `The same request again was answered with ${again.status} ${again.text}, not with the first answer: ${placed.text}`,
    );
  }
  options.tell('the same request again has the same answer, and Idempotency-Replayed: true');
}

function refusedOrder(apiUrl: string, { status, headers, text }: ApiAnswer): Refused {
  const why = headers.get('www-authenticate');
  const answered = `POST ${apiUrl}/orders is answered with ${status} ${text}`;
  if (status === 401)
    return new Refused(
      `${answered} (${why ?? 'no reason given'}).`,
      'The authorizer does not take the token: another issuer or client, or one that has expired.',
    );
  if (status === 403)
    return new Refused(`${answered}.`, 'The token lacks the scope orders:write, with the stage’s prefix.');
  return new Refused(`${answered}.`, 'See the log of handle-command, by its correlation id.');
}

/** Polls until the provider has accepted the mail, and then until it reports the outcome. */
async function followed(look: () => Promise<ApiAnswer>, entrance: Entrance, options: RunOptions): Promise<void> {
  const deadline = performance.now() + options.withinSeconds * 1000;
  let told = '';
  let email: ShownNotification | undefined;
  while (performance.now() < deadline) {
    const answer = await look();
    if (answer.status !== 200) throw new Refused(`GET of the e-mail is answered with ${answer.status} ${answer.text}.`);
    email = answer.json as ShownNotification;
    const outcome = outcomeOf(email);
    const seen = `e-mail is ${outcome}${email.reason ? ` (${email.reason})` : ''}`;
    if (seen !== told)
      options.tell(email.providerMessageId ? `${seen}, ${email.providerMessageId} to the provider` : seen);
    told = seen;
    if (outcome === 'DELIVERED') return;
    if (ENDS.has(outcome)) break;
    await pause(options.lookEveryMs);
  }
  throw stuck(email, entrance, options.withinSeconds);
}

/** The known outcome. For a sent mail, the outcome of the simulator's mailbox, once the provider has reported it. */
const outcomeOf = ({ status, recipients }: ShownNotification): string =>
  status === 'SENT' ? (recipients[0]?.outcome ?? status) : status;

/** Final states without a delivery. */
const ENDS: ReadonlySet<string> = new Set(['FAILED', 'SUPPRESSED', 'CANCELLED', 'BOUNCED', 'COMPLAINED', 'REJECTED']);

/** The error with the next step, by the state in which the mail stopped. */
function stuck(email: ShownNotification | undefined, { outputs, doctor }: Entrance, withinSeconds: number): Refused {
  const queue = outputs.queues['send-email'];
  const status = email ? outcomeOf(email) : 'nowhere to be seen';
  const told = ENDS.has(status) ? `The e-mail is ${status}` : `The e-mail is ${status} after ${withinSeconds} s`;
  const lookAt: Record<string, string> = {
    PENDING: `SES may be refusing for now (identity not verified, sandbox, rate): run ${doctor}. If it is content: nobody claims the mail; look at queue ${queue?.url}, its dead letters ${queue?.dlqUrl}, the alarms, and the logs of relay-outbox and wake-due.`,
    SENDING:
      'A sender has it and has not come back; its lease ends by itself, then it becomes UNKNOWN. Look at the log of send-email.',
    UNKNOWN:
      'SES did not say whether it took the mail; the stage waits for its Send event and decides then. Look at the log of send-email.',
    SENT: `SES took it, and nothing was heard of it since: its events do not come through. Look at the configuration set’s event destination, queue ${outputs.queues['record-feedback']?.url} and the log of record-feedback.`,
    SUPPRESSED: 'The simulator’s address is suppressed for the smoke tenant: lift it with DELETE /suppressions.',
    HELD: 'Nobody could find out whether SES took the mail; a person has to look.',
    FAILED: `SES refused it for good: run ${doctor}, and look at the log of send-email.`,
  };
  return new Refused(`${told}${email?.reason ? `: ${email.reason}` : ''}.`, lookAt[status] ?? `Run ${doctor}.`);
}

if (import.meta.main) await runCommand(smoke);
