import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Metafile } from 'esbuild';
import { bundle } from '#infra/bundle.ts';
import { functionNames, handlerOf } from '#infra/functions.ts';
import { eagerOf } from '#test/support/eager.ts';
import { resourcesOf, templateWith } from '#test/support/template.ts';

/**
 * `npm run bench:init [-- --runs <n>] [--stage <stage>]`: what a cold start loads before its first invocation, and how
 * long that takes. Each run is a new process that imports the deployed bundle with the variables of the stage's template.
 * The time for importing an empty file is subtracted. Each run of a function is next to a run of its yardstick, and the
 * ratio of the two counts, because on a shared machine the times vary more between minutes than between functions. The
 * yardstick imports only the clients that the function uses, with one command of each.
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
  'client-pinpoint-sms-voice-v2': ['PinpointSMSVoiceV2Client', 'SendTextMessageCommand'],
  'client-s3': ['S3Client', 'GetObjectCommand'],
  'client-secrets-manager': ['SecretsManagerClient', 'GetSecretValueCommand'],
  'client-sesv2': ['SESv2Client', 'SendEmailCommand'],
  'client-sns': ['SNSClient', 'PublishCommand'],
  'client-sqs': ['SQSClient', 'SendMessageCommand'],
};

type Variables = Record<string, string>;
type Subject = { name: string; file: string; variables: Variables };
/** A function and the clients that it uses. */
type Pair = { own: Subject; yardstick: Subject };
type Spent = { ms: number; cpuMs: number };
/** A function, the yardstick and an empty file, one after another. */
type Trio = { own: Spent; yardstick: Spent; bare: Spent };
type Figures = Loaded & {
  name: string;
  clients: string;
  timesTheSize: number;
  initMs: number;
  cpuMs: number;
  timesTheTime: number;
  timesTheCpu: number;
};
type Loaded = { files: number; kilobytes: number };

/** By name: functions with the same clients share a yardstick. */
const yardsticks = new Map<string, Promise<Subject>>();

// In the project, so that the yardsticks find its packages.
const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const folder = realpathSync(mkdtempSync(join(cache, 'counterfoil-init-')));
try {
  const { bare, pairs } = await bundled();
  process.stdout.write(`Node ${process.version}, ${process.platform} ${process.arch}; stage ${stage}; `);
  process.stdout.write(`median of ${runs} runs, bare Node taken off\n\n`);
  const trios = new Map(pairs.map((pair) => [pair, [] as Trio[]]));
  // The first round only fills the disk cache.
  for (let round = 0; round <= runs; round += 1) {
    for (const [{ own, yardstick }, timed] of trios) {
      const trio = timesOf({ own, yardstick, bare }, round);
      if (round > 0) timed.push(trio);
    }
  }
  report([...trios].map(figuresOf));
} finally {
  rmSync(folder, { recursive: true, force: true });
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
async function bundled(): Promise<{ bare: Subject; pairs: Pair[] }> {
  const deployed = deployedFunctions();
  const bare = join(folder, 'bare.mjs');
  writeFileSync(bare, '');
  const pairs = functionNames().map(async (name): Promise<Pair> => {
    const variables = deployed.get(name);
    if (!variables) throw new Error(`The template of stage ${stage} has no function ${name}.`);
    const outdir = join(folder, name);
    const clients = clientsOf(await bundle(handlerOf(name), outdir));
    const own = { name, file: join(outdir, 'handler.mjs'), variables };
    return { own, yardstick: await yardstickOf(clients, variables) };
  });
  return {
    bare: { name: 'bare Node', file: bare, variables: whatAllShare([...deployed.values()]) },
    pairs: await Promise.all(pairs),
  };
}

/** Packages of the clients that are loaded before the first invocation. */
function clientsOf(metafile: Metafile): string[] {
  const clients = Object.keys(eagerOf(metafile).sources).flatMap(
    (path) => /\/@aws-sdk\/(client-[^/]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set(clients)].sort();
}

function yardstickOf(clients: string[], variables: Variables): Promise<Subject> {
  const name = clients.join(' + ');
  const known = yardsticks.get(name) ?? makeYardstick(name, clients, variables);
  yardsticks.set(name, known);
  return known;
}

async function makeYardstick(name: string, clients: string[], variables: Variables): Promise<Subject> {
  const source = join(folder, `${clients.join('-')}.ts`);
  const lines = clients.map((client) => {
    const [made, command] = CLIENTS[client] ?? [];
    if (!made) throw new Error(`${client} has no line in CLIENTS (test/bench/init.ts).`);
    return `import { ${made}, ${command} } from '@aws-sdk/${client}';\nexport const ${made}Made = [new ${made}({}), ${command}];`;
  });
  writeFileSync(source, lines.join('\n'));
  return subject(name, source, variables);
}

async function subject(name: string, entryPoint: string, variables: Variables): Promise<Subject> {
  const outdir = join(folder, name);
  await bundle(entryPoint, outdir);
  return { name, file: join(outdir, `${basename(entryPoint, '.ts')}.mjs`), variables };
}

/** The variables of each function by its name. Values that are known only after a deployment are placeholder texts. */
function deployedFunctions(): Map<string, Variables> {
  const functions = resourcesOf(
    templateWith(stage, (settings) => settings),
    'AWS::Lambda::Function',
  );
  const deployed = functions.map(([, { Properties }]) => {
    const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
    const texts = Object.entries(Variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : 'deployed',
    ]);
    // Lambda itself adds the region.
    const variables: Variables = { AWS_REGION: 'eu-central-1', ...Object.fromEntries(texts) };
    return [String(Variables.POWERTOOLS_SERVICE_NAME), variables] as const;
  });
  return new Map(deployed);
}

/** Mainly NODE_OPTIONS, because reading source maps is part of every start. */
function whatAllShare([first = {}, ...others]: Variables[]): Variables {
  const shared = Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value));
  return Object.fromEntries(shared);
}

/** In an order that changes each round, so that no function always follows the same one. */
function timesOf(subjects: Record<keyof Trio, Subject>, round: number): Trio {
  const order = Object.entries(subjects);
  const first = round % order.length;
  const turns = [...order.slice(first), ...order.slice(0, first)];
  return Object.fromEntries(turns.map(([name, subject]) => [name, timeOf(subject)])) as Trio;
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

function figuresOf([{ own: subject, yardstick }, trios]: [Pair, Trio[]]): Figures {
  const own = (of: keyof Spent) => trios.map((trio) => trio.own[of] - trio.bare[of]);
  const times = (of: keyof Spent) =>
    trios.map((trio) => (trio.own[of] - trio.bare[of]) / (trio.yardstick[of] - trio.bare[of]));
  return {
    name: subject.name,
    clients: yardstick.name.replaceAll('client-', ''),
    ...loadedBy(subject),
    timesTheSize: loadedBy(subject).kilobytes / loadedBy(yardstick).kilobytes,
    initMs: median(own('ms')),
    cpuMs: median(own('cpuMs')),
    timesTheTime: median(times('ms')),
    timesTheCpu: median(times('cpuMs')),
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
  ]);
  line(['---', '---', ...Array.from({ length: 7 }, () => '---:')]);
  for (const { name, clients, files, kilobytes, initMs, cpuMs, timesTheSize, timesTheTime, timesTheCpu } of functions) {
    const ratios = [timesTheSize, timesTheTime, timesTheCpu];
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
