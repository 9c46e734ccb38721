import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle, functionNames, handlerOf } from '#infra/bundle.ts';
import { resourcesOf, templateWith } from '#test/support/template.ts';

/**
 * `npm run bench:init [-- --runs <n>] [--stage <stage>]`: what a cold start loads before its first invocation,
 * and how long that takes. Each run is a fresh process that imports the bundle as it is deployed, with the
 * variables that the stage's template gives it; what importing an empty file takes is taken off.
 * Functions and the yardstick, the DynamoDB client alone, take turns, so that a busy minute meets them all.
 */
const { runs, stage } = readArguments();

/** No function may take longer than this many times what the DynamoDB client takes alone. */
const MOST_TIMES = 1.2;

/** What Lambda does at a cold start, and how long that takes: wall clock and processor time, in milliseconds. */
const TIMES_ITS_IMPORT = `
  const [since, spent] = [performance.now(), process.cpuUsage()];
  await import(process.argv[1]);
  const [ms, { user, system }] = [performance.now() - since, process.cpuUsage(spent)];
  process.stdout.write(JSON.stringify({ ms, cpuMs: (user + system) / 1000 }));
`;

const YARDSTICK = 'client-dynamodb alone';
const BARE = 'bare Node';

type Variables = Record<string, string>;
type Subject = { name: string; file: string; variables: Variables };
type Spent = { ms: number; cpuMs: number };
type Figures = { name: string; files: number; kilobytes: number; initMs: number; cpuMs: number };

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'counterfoil-init-')));
try {
  const subjects = await bundled();
  process.stdout.write(`Node ${process.version}, ${process.platform} ${process.arch}; stage ${stage}; `);
  process.stdout.write(`median of ${runs} runs, bare Node taken off\n\n`);
  report(figuresOf(subjects, timesOf(subjects)));
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

/** The functions and the yardstick, all bundled in the same way, and a file that imports nothing. */
async function bundled(): Promise<Subject[]> {
  const variables = variablesByFunction();
  const functions = functionNames().map((name) => {
    const own = variables.get(name);
    if (!own) throw new Error(`The template of stage ${stage} has no function ${name}.`);
    return subject(name, handlerOf(name), own);
  });
  const shared = whatAllShare([...variables.values()]);
  const bare = join(folder, 'bare.mjs');
  writeFileSync(bare, '');
  return [
    { name: BARE, file: bare, variables: shared },
    await subject(YARDSTICK, join(import.meta.dirname, 'init', 'dynamodb-alone.ts'), shared),
    ...(await Promise.all(functions)),
  ];
}

async function subject(name: string, entryPoint: string, variables: Variables): Promise<Subject> {
  const outdir = join(folder, name);
  await bundle(entryPoint, outdir);
  return { name, file: join(outdir, 'handler.mjs'), variables };
}

/** What a function sees, by its name. What is known only once it is deployed is some text. */
function variablesByFunction(): Map<string, Variables> {
  const functions = resourcesOf(
    templateWith(stage, (settings) => settings),
    'AWS::Lambda::Function',
  );
  const variables = functions.map(([, { Properties }]): [string, Variables] => {
    const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
    const texts = Object.entries(Variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : 'deployed',
    ]);
    // Lambda itself adds the region.
    return [String(Variables.POWERTOOLS_SERVICE_NAME), { AWS_REGION: 'eu-central-1', ...Object.fromEntries(texts) }];
  });
  return new Map(variables);
}

/** NODE_OPTIONS above all: reading source maps is a part of every start. */
function whatAllShare([first = {}, ...others]: Variables[]): Variables {
  const shared = Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value));
  return Object.fromEntries(shared);
}

/** Time of each run of each subject, after one round that only warms the disk's cache. */
function timesOf(subjects: Subject[]): Map<string, Spent[]> {
  const times = new Map(subjects.map(({ name }) => [name, [] as Spent[]]));
  for (let round = 0; round <= runs; round += 1) {
    // Each round begins with another one, so that none always comes after the same.
    const first = round % subjects.length;
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      const spent = timeOf(subject);
      if (round > 0) times.get(subject.name)?.push(spent);
    }
  }
  return times;
}

/**
 * Measured within the process: starting one and ending it takes as long as the import, and varies more. Processor
 * time as well: on a busy machine it says more, for it does not count who waits for whom.
 */
function timeOf(subject: Subject): Spent {
  const { href } = pathToFileURL(subject.file);
  return JSON.parse(run(subject, '--input-type=module', '--eval', TIMES_ITS_IMPORT, href)) as Spent;
}

/** The bundle's files that are read before its import is done: what it imports, and what it waits for on the way. */
function loadedBy(subject: Subject): { files: number; kilobytes: number } {
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

function figuresOf(subjects: Subject[], times: Map<string, Spent[]>): Figures[] {
  const beyondBare = (name: string, of: (spent: Spent) => number): number => {
    const [own = [], bare = []] = [times.get(name), times.get(BARE)];
    return median(own.map(of)) - median(bare.map(of));
  };
  return subjects
    .filter(({ name }) => name !== BARE)
    .map((subject) => {
      const { name } = subject;
      return {
        name,
        ...loadedBy(subject),
        initMs: beyondBare(name, ({ ms }) => ms),
        cpuMs: beyondBare(name, ({ cpuMs }) => cpuMs),
      };
    });
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? Number.NaN) + (sorted[sorted.length - 1 - middle] ?? Number.NaN)) / 2;
}

function report(figures: Figures[]): void {
  const yardstick = figures.find(({ name }) => name === YARDSTICK) as Figures;
  const line = (cells: string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
  line(['function', 'files', 'KB', 'init ms', 'CPU ms', 'times the size', 'times the time', 'times the CPU']);
  line(['---', ...Array.from({ length: 7 }, () => '---:')]);
  for (const { name, files, kilobytes, initMs, cpuMs } of figures) {
    const ratios = [kilobytes / yardstick.kilobytes, initMs / yardstick.initMs, cpuMs / yardstick.cpuMs];
    line([
      name,
      ...[String(files), kilobytes.toFixed(0), initMs.toFixed(1), cpuMs.toFixed(1)],
      ...ratios.map((ratio) => ratio.toFixed(2)),
    ]);
  }
  const slow = figures.filter(({ initMs }) => initMs / yardstick.initMs > MOST_TIMES).map(({ name }) => name);
  if (slow.length === 0) return;
  process.stderr.write(`\nMore than ${MOST_TIMES} times ${YARDSTICK}, in time: ${slow.join(', ')}.\n`);
  process.exitCode = 1;
}
