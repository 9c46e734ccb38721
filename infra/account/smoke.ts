import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { emailProviderFacts } from '../email-gateways.ts';
import { type StageOutputs, stackNameOf } from '../outputs.ts';
import { clientConfigOf, openAccount, placeOf } from './clients.ts';
import { type CommandContext, chosenStage, readArguments, runCommand } from './command.ts';
import { describeClient, registerClient } from './machine-clients.ts';
import { Refused } from './refused.ts';
import { deployedStage, poolOf, readOutputs } from './stack.ts';
import { type ApiAnswer, type ShownNotification, stageClient } from './stage-client.ts';
import { SMOKE_TENANT } from './tenant-context.ts';
import { accessToken } from './token.ts';

const USAGE = 'Usage: npm run smoke -- --stage <name> | --outputs <outputs.json> [--within <seconds>]';

const POLL_MS = 1000;

/** A stage, and a token for its API. */
type StageAccess = { outputs: StageOutputs; token: string; doctor: string; recipient: string };

/**
 * `npm run smoke`: places an order whose mail the provider delivers to no one, follows the mail until the provider
 * reports its delivery, and sends the same request again.
 */
export async function smoke(args: string[], context: CommandContext): Promise<number> {
  const { values } = readArguments(USAGE, args, {
    stage: { type: 'string' },
    outputs: { type: 'string' },
    within: { type: 'string', default: '180' },
  });
  const withinSeconds = Number(values.within);
  if (!(withinSeconds > 0))
    throw new Refused(`--within "${values.within}" is not a positive number of seconds.`, USAGE);
  if ((values.stage === undefined) === (values.outputs === undefined)) throw new Refused(USAGE);
  const print = timedPrinter(context.print);
  const access = await (values.outputs === undefined
    ? accessToStage(values.stage, context)
    : accessFromFile(values.outputs, context));
  print('got an access token');
  await run(access, { print, withinSeconds, pollMs: Math.min(POLL_MS, context.pollMs) });
  print('passed');
  return 0;
}

/** Prints each line with the seconds since this printer was created. */
function timedPrinter(print: (line: string) => void): (what: string) => void {
  const startedAt = performance.now();
  return (what) => print(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`);
}

const TOKEN_HINT = 'put a token with orders:write and messages:read into the environment variable TOKEN';

/** Reads the outputs of the deployed stage. The first run registers the smoke client's tenant. */
async function accessToStage(name: string | undefined, context: CommandContext): Promise<StageAccess> {
  const { stage, settings } = chosenStage(name, context);
  const account = openAccount(clientConfigOf(settings.region, context.client));
  const { region } = await placeOf(account, { stage, settings });
  const { outputs } = await deployedStage(account.cloudFormation, stackNameOf(stage), region);
  const doctor = `npm run doctor -- --stage ${stage}`;
  const recipient = emailProviderFacts(settings.email.provider).discardingAddress;
  const { TOKEN } = context.environment;
  if (TOKEN) return { outputs, token: TOKEN, doctor, recipient };
  if (settings.jwt.kind === 'issuer') {
    throw new Refused(`The tokens of stage ${stage} come from ${settings.jwt.issuer}: ${TOKEN_HINT}.`);
  }
  const pool = poolOf(outputs);
  await registerClient({ account, tableName: outputs.tableName }, pool.smokeClientId, SMOKE_TENANT);
  const { secret } = await describeClient({ account, pool }, pool.smokeClientId);
  const token = await accessToken({ tokenUrl: pool.tokenUrl, clientId: pool.smokeClientId, secret });
  return { outputs, token, doctor, recipient };
}

function accessFromFile(file: string, { environment, settingsOf }: CommandContext): StageAccess {
  const outputs = readOutputs(file);
  const provider = outputs.stage === undefined ? 'ses' : settingsOf(outputs.stage).email.provider;
  const { tokens = {} } = outputs;
  const token = environment.TOKEN || (tokens[SMOKE_TENANT] ?? Object.values(tokens)[0]);
  if (!token)
    throw new Refused(
      `${file} contains no token: add one with npm run tenants -- token … --into ${file}, or ${TOKEN_HINT}.`,
    );
  return {
    outputs,
    token,
    doctor: `npm run doctor -- --stage ${outputs.stage ?? '<name>'}`,
    recipient: emailProviderFacts(provider).discardingAddress,
  };
}

type RunOptions = { print(line: string): void; withinSeconds: number; pollMs: number };

async function run(access: StageAccess, options: RunOptions): Promise<void> {
  const { outputs, token, recipient } = access;
  const client = stageClient(outputs.apiUrl, token);
  const order = {
    contact: { name: 'Smoke Test', email: recipient },
    currency: 'EUR',
    lines: [{ sku: 'SMOKE-1', description: 'Smoke test', quantity: 1, unitPrice: 100 }],
  };
  const key = `smoke-${randomUUID()}`;
  const placed = await client.place(key, order);
  if (placed.status !== 201) throw refusedOrder(outputs.apiUrl, placed);
  const orderId = String(placed.json.orderId);
  options.print(`order ${orderId} is placed`);
  const [email] = placed.json.notifications as { notificationId: string }[];
  await followEmail(() => client.notification(String(email?.notificationId)), access, options);
  const again = await client.place(key, order);
  const isReplay =
    again.headers.get('idempotency-replayed') === 'true' &&
    again.status === placed.status &&
    again.text === placed.text;
  if (!isReplay) {
    throw new Refused(`The repeated request got ${again.status} ${again.text}, not the first answer: ${placed.text}`);
  }
  options.print('the repeated request got the same answer, with Idempotency-Replayed: true');
}

function refusedOrder(apiUrl: string, { status, headers, text }: ApiAnswer): Refused {
  const why = headers.get('www-authenticate');
  const answered = `POST ${apiUrl}/orders got ${status} ${text}`;
  if (status === 401)
    return new Refused(
      `${answered} (${why ?? 'no reason given'}).`,
      'The authorizer refuses the token: it has expired, or is of another issuer or client.',
    );
  if (status === 403)
    return new Refused(`${answered}.`, 'The token does not have the scope orders:write, with the stage’s prefix.');
  return new Refused(`${answered}.`, 'Look for its correlation id in the log of handle-command.');
}

/** Polls until the provider has accepted the mail, and then until it reports the outcome. */
async function followEmail(look: () => Promise<ApiAnswer>, access: StageAccess, options: RunOptions): Promise<void> {
  const deadline = performance.now() + options.withinSeconds * 1000;
  let printed = '';
  let email: ShownNotification | undefined;
  while (performance.now() < deadline) {
    const answer = await look();
    if (answer.status !== 200) throw new Refused(`GET of the e-mail got ${answer.status} ${answer.text}.`);
    email = answer.json as ShownNotification;
    const outcome = outcomeOf(email);
    const seen = `e-mail is ${outcome}${email.reason ? ` (${email.reason})` : ''}`;
    if (seen !== printed)
      options.print(email.providerMessageId ? `${seen}, provider message id ${email.providerMessageId}` : seen);
    printed = seen;
    if (outcome === 'DELIVERED') return;
    if (FAILURES.has(outcome)) break;
    await pause(options.pollMs);
  }
  throw undelivered(email, access, options.withinSeconds);
}

/** The known outcome. For a sent mail, the outcome of the simulator's mailbox, once the provider has reported it. */
const outcomeOf = ({ status, recipients }: ShownNotification): string =>
  status === 'SENT' ? (recipients[0]?.outcome ?? status) : status;

/** Final states without a delivery. */
const FAILURES: ReadonlySet<string> = new Set([
  'FAILED',
  'SUPPRESSED',
  'CANCELLED',
  'BOUNCED',
  'COMPLAINED',
  'REJECTED',
]);

/** The error with the next step, by the state in which the mail stopped. */
function undelivered(
  email: ShownNotification | undefined,
  { outputs, doctor }: StageAccess,
  withinSeconds: number,
): Refused {
  const queue = outputs.queues['send-email'];
  const status = email ? outcomeOf(email) : 'not found';
  const fault = FAILURES.has(status) ? `The e-mail is ${status}` : `The e-mail is ${status} after ${withinSeconds} s`;
  const lookAt: Record<string, string> = {
    PENDING: `SES may refuse it temporarily (identity not verified, sandbox, rate): run ${doctor}. If doctor finds nothing, no sender claims the e-mail: look at queue ${queue?.url}, its dead-letter queue ${queue?.dlqUrl}, the alarms, and the logs of relay-outbox and wake-due.`,
    SENDING:
      'A sender has claimed it and has not reported an outcome yet. When its lease ends, it becomes UNKNOWN. Look at the log of send-email.',
    UNKNOWN:
      'SES did not report whether it accepted the e-mail. The stage waits for its Send event, and then decides. Look at the log of send-email.',
    SENT: `SES accepted it, and no event about it has arrived since. Look at the configuration set’s event destination, queue ${outputs.queues['record-email-feedback']?.url} and the log of record-email-feedback.`,
    SUPPRESSED: 'The simulator’s address is suppressed for the smoke tenant. Remove it with DELETE /suppressions.',
    HELD: 'It is not known whether SES accepted the e-mail. A person has to decide.',
    FAILED: `SES refused it permanently: run ${doctor}, and look at the log of send-email.`,
  };
  return new Refused(`${fault}${email?.reason ? `: ${email.reason}` : ''}.`, lookAt[status] ?? `Run ${doctor}.`);
}

if (import.meta.main) await runCommand(smoke);
