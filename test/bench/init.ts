import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Metafile } from 'esbuild';
import { bundle, bundleWhole } from '#infra/bundle.ts';
import { emailGateways } from '#infra/email-gateways.ts';
import { handlerOf } from '#infra/functions.ts';
import { textGateways } from '#infra/text-gateways.ts';
import { resourcesOf, templateWith } from '#test/support/template.ts';

/**
 * `npm run bench:init [-- --runs <n>] [--stage <stage>]`: what a cold start loads before its first invocation, and how
 * long that takes. Each run is a new process that imports the deployed bundle with the variables of the stage's template.
 * The time for importing an empty file is subtracted. Each run of a function is next to a run of its yardstick, and the
 * ratio of the two counts, because on a shared machine the times vary more between minutes than between functions. The
 * yardstick imports the clients that the function uses, with one command of each, as an import without our plugins does.
 * The last column compares with the same clients, trimmed by our plugins.
 */
const { runs, stage } = readArguments();

/** Maximum ratio of a function's time to the time of its clients alone. */
const MOST_TIMES = 1.25;

/** The duration of a cold start: wall clock and processor time, in milliseconds. */
const TIMES_ITS_IMPORT = `
  const [since, spent] = [performance.now(), process.cpuUsage()];
  await import(process.argv[1]);
  const [ms, { user, system }] = [performance.now() - since, process.cpuUsage(spent)];
  process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }));
`;

/** A client by its package, and one command of it. */
const CLIENTS: Record<string, [client: string, command: string]> = {
  'client-dynamodb': ['DynamoDBClient', 'GetItemCommand'],
  'client-lambda': ['LambdaClient', 'GetEventSourceMappingCommand'],
  'client-pinpoint-sms-voice-v2': ['PinpointSMSVoiceV2Client', 'SendTextMessageCommand'],
  'client-s3': ['S3Client', 'GetObjectCommand'],
  'client-secrets-manager': ['SecretsManagerClient', 'GetSecretValueCommand'],
  'client-sesv2': ['SESv2Client', 'SendEmailCommand'],
  'client-sns': ['SNSClient', 'PublishCommand'],
  'client-sqs': ['SQSClient', 'SendMessageCommand'],
};

type Variables = Record<string, string>;
type Subject = { name: string; file: string; variables: Variables };
/** The clients that a function uses: as a normal import loads them, and trimmed by our plugins. */
type Yardsticks = { clients: Subject; trimmed: Subject };
type Subjects = Yardsticks & { own: Subject };
type Spent = { ms: number; cpuMs: number };
/** The subjects and an empty file, one after another. */
type Round = Record<keyof Subjects | 'bare', Spent>;
type Figures = Loaded & {
  name: string;
  clients: string;
  timesTheSize: number;
  initMs: number;
  cpuMs: number;
  timesTheTime: number;
  timesTheCpu: number;
  timesTheTrimmedTime: number;
};
type Loaded = { files: number; kilobytes: number };

/** By name: functions with the same clients share a yardstick. */
const yardsticks = new Map<string, Promise<Yardsticks>>();

// In the project, so that the yardsticks find its packages.
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const folder = realpathSync(mkdtempSync(join(cache, 'counterfoil-init-')));
try {
  const { bare, functions } = await bundled();
  process.stdout.write(`Node ${process.version}, ${process.platform} ${process.arch}; stage ${stage}; `);
  process.stdout.write(`median of ${runs} runs, bare Node taken off\n\n`);
  const rounds = new Map(functions.map((subjects) => [subjects, [] as Round[]]));
  // The first round only fills the disk cache.
  for (let round = 0; round <= runs; round += 1) {
    for (const [subjects, timed] of rounds) {
      const times = timesOf({ ...subjects, bare }, round);
      if (round > 0) timed.push(times);
    }
  }
  report([...rounds].map(figuresOf));
} finally {
  // If a bundle fails, the others are still being written.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function readArguments(): { runs: number; stage: string } {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '15' }, stage: { type: 'string', default: 'prod' } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new TypeError(`--runs ${values.runs}: give a whole number from 1 on.`);
  return { runs, stage: values.stage };
}

/** The functions and their yardsticks, all bundled in the same way, and a file that imports nothing. */
async function bundled(): Promise<{ bare: Subject; functions: Subjects[] }> {
  const deployed = deployedFunctions();
  const bare = join(folder, 'bare.mjs');
  writeFileSync(bare, '');
  const functions = Array.from(deployed, async ([name, variables]): Promise<Subjects> => {
    const outdir = join(folder, name);
    const clients = clientsOf(await bundle(handlerOf(name), outdir), handlerOf(name), variables);
    const own = { name, file: join(outdir, 'handler.mjs'), variables };
    return { own, ...(await yardsticksOf(clients, variables)) };
  });
  return {
    bare: { name: 'bare Node', file: bare, variables: whatAllShare([...deployed.values()]) },
    functions: await Promise.all(functions),
  };
}

/** Packages of the clients that the function uses. The providers that the stage has not chosen use theirs in vain. */
function clientsOf({ inputs, outputs }: Metafile, handler: string, variables: Variables): string[] {
  const bundled = new Set(Object.values(outputs).flatMap((output) => Object.keys(output.inputs)));
  const chosen = Object.values(variables);
  const isUsed = (path: string): boolean => {
    const [, folder] = /\/providers\/([^/]+)\//.exec(path) ?? [];
    return folder === undefined || !isGateway(folder) || chosen.includes(folder);
  };
  const reached = new Set([relative(process.cwd(), handler)]);
  // A set visits what is added to it on the way.
  for (const path of reached)
    for (const { path: next } of inputs[path]?.imports ?? []) if (isUsed(next)) reached.add(next);
  const clients = [...reached]
    .filter((path) => bundled.has(path))
    .flatMap((path) => /\/@aws-sdk\/(client-[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(clients)].sort();
}

function isGateway(folder: string): boolean {
  return [...emailGateways, ...textGateways].some(({ name }) => name === folder);
}

function yardsticksOf(clients: string[], variables: Variables): Promise<Yardsticks> {
  const name = clients.join(' + ');
  const known = yardsticks.get(name) ?? makeYardsticks(name, clients, variables);
  yardsticks.set(name, known);
  return known;
}

async function makeYardsticks(name: string, clients: string[], variables: Variables): Promise<Yardsticks> {
  const source = join(folder, `${clients.join('-')}.ts`);
  const lines = clients.map((client) => {
    const [made, command] = CLIENTS[client] ?? [];
    if (!made) throw new Error(`${client} has no line in CLIENTS (test/bench/init.ts).`);
    return `import { ${made}, ${command} } from '@aws-sdk/${client}';\nexport const ${made}Made = [new ${made}({}), ${command}];`;
  });
  writeFileSync(source, lines.join('\n'));
  const made = async (way: typeof bundle, kind: string): Promise<Subject> => {
    const outdir = join(folder, `${name}, ${kind}`);
    await way(source, outdir);
    return { name, file: join(outdir, `${basename(source, '.ts')}.mjs`), variables };
  };
  return { clients: await made(bundleWhole, 'whole'), trimmed: await made(bundle, 'trimmed') };
}

/** The variables of each function by its name. Values that are known only after a deployment are placeholder texts. */
function deployedFunctions(): Map<string, Variables> {
  const functions = resourcesOf(
    templateWith(stage, (settings) => settings),
    'AWS::Lambda::Function',
  );
  const deployed = functions.map(([, { Properties }]) => {
    const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
    const texts = Object.entries(Variables).map(([name, value]) => [name, deployedText(value)]);
    // Lambda itself adds the region.
    const variables: Variables = { AWS_REGION: 'eu-central-1', ...Object.fromEntries(texts) };
    return [String(Variables.POWERTOOLS_SERVICE_NAME), variables] as const;
  });
  return new Map(deployed);
}

/** The text of a template's value. `Fn::Join` joins texts with values that are known only after a deployment. */
function deployedText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? [];
  return parts ? parts.map(deployedText).join(separator) : 'deployed';
}

/** Mainly NODE_OPTIONS, because reading source maps is part of every start. */
function whatAllShare([first = {}, ...others]: Variables[]): Variables {
  const shared = Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value));
  return Object.fromEntries(shared);
}

/** In an order that changes each round, so that no function always follows the same one. */
function timesOf(subjects: Record<keyof Round, Subject>, round: number): Round {
  const order = Object.entries(subjects);
  const first = round % order.length;
  const turns = [...order.slice(first), ...order.slice(0, first)];
  return Object.fromEntries(turns.map(([name, subject]) => [name, timeOf(subject)])) as Round;
}

/**
 * Measured in the process, because starting and ending a process takes as long as the import, and varies more. Processor
 * time is measured too, because on a busy machine it does not include waiting.
 */
function timeOf(subject: Subject): Spent {
  const { href } = pathToFileURL(subject.file);
  return JSON.parse(run(subject, '--input-type=module', '--eval', TIMES_ITS_IMPORT, href)) as Spent;
}

/** The bundle's files that are read before its import has finished, including files that the import awaits. */
function loadedBy(subject: Subject): Loaded {
  const preloaded = join(import.meta.dirname, 'init', 'loaded-files.ts');
  const urls = JSON.parse(run(subject, '--import', preloaded, subject.file)) as string[];
  const files = urls.map((url) => fileURLToPath(url)).filter((file) => file.startsWith(folder));
  return { files: files.length, kilobytes: files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024 };
}

/** A fresh process with the function's variables and nothing else. @returns what it printed. */
function run({ name, variables }: Subject, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: variables, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} cannot be imported: ${stderr}`);
  return stdout;
}

function figuresOf([subjects, rounds]: [Subjects, Round[]]): Figures {
  const spent = (who: keyof Subjects, of: keyof Spent) => rounds.map((round) => round[who][of] - round.bare[of]);
  const times = (yardstick: keyof Yardsticks, of: keyof Spent): number => {
    const least = spent(yardstick, of);
    return median(spent('own', of).map((own, round) => own / (least[round] ?? Number.NaN)));
  };
  return {
    name: subjects.own.name,
    clients: subjects.clients.name.replaceAll('client-', ''),
    ...loadedBy(subjects.own),
    timesTheSize: loadedBy(subjects.own).kilobytes / loadedBy(subjects.clients).kilobytes,
    initMs: median(spent('own', 'ms')),
    cpuMs: median(spent('own', 'cpuMs')),
    timesTheTime: times('clients', 'ms'),
    timesTheCpu: times('clients', 'cpuMs'),
    timesTheTrimmedTime: times('trimmed', 'ms'),
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? Number.NaN) + (sorted[sorted.length - 1 - middle] ?? Number.NaN)) / 2;
}

function report(functions: Figures[]): void {
  const line = (cells: string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
  line([
    'function',
    'its clients',
    'files',
    'KB',
    'init ms',
    'CPU ms',
    'times the size',
    'times the time',
    'times the CPU',
    'times the time, trimmed',
  ]);
  line(['---', '---', ...Array.from({ length: 8 }, () => '---:')]);
  for (const { name, clients, files, kilobytes, initMs, cpuMs, ...times } of functions) {
    const ratios = [times.timesTheSize, times.timesTheTime, times.timesTheCpu, times.timesTheTrimmedTime];
    line([
      name,
      clients,
      ...[String(files), kilobytes.toFixed(0), initMs.toFixed(1), cpuMs.toFixed(1)],
      ...ratios.map((ratio) => ratio.toFixed(2)),
    ]);
  }
  const slow = functions.filter(({ timesTheTime }) => timesTheTime > MOST_TIMES).map(({ name }) => name);
  if (slow.length === 0) return;
  process.stderr.write(`\nMore than ${MOST_TIMES} times its clients alone, in time: ${slow.join(', ')}.\n`);
  process.exitCode = 1;
}
