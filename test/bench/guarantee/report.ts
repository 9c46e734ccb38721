import { KINDS } from './fault-plan.ts';
import { medianOf, type Verdict } from './judge.ts';
import type { Result, Round } from './run.ts';

/** The measurements of each system, as a Markdown table. */
export function verdictTable(results: Result[]): string[] {
  const rows: [what: string, of: (result: Result) => string][] = [
    ['orders', ({ faulty }) => String(faulty.verdict.orders)],
    ['accepted', ({ faulty }) => String(faulty.verdict.accepted)],
    ['faults met', ({ faults }) => String(sumOf(faults, ({ hits }) => hits))],
    ['lost', ({ faulty }) => bold(faulty.verdict.lost)],
    ['stuck', ({ faulty }) => bold(faulty.verdict.stuck)],
    ['doubled', ({ faulty }) => bold(faulty.verdict.doubled)],
    ['phantom', ({ faulty }) => bold(faulty.verdict.phantom)],
    ['provider calls an order', ({ faulty }) => each(faulty, providerCalls(faulty))],
    ['accepted → sent, median', ({ faulty }) => median(faulty.verdict)],
    ['accepted → sent, slowest', ({ faulty }) => slowest(faulty.verdict)],
    ['*without faults:* accepted → sent, median', ({ plain }) => median(plain.verdict)],
    ['provider calls an order', ({ plain }) => each(plain, providerCalls(plain))],
    ['DynamoDB calls an order', ({ plain }) => each(plain, ofTable(plain, 'count'))],
    ['write units an order', ({ plain }) => each(plain, ofTable(plain, 'writeUnits'))],
    ['read units an order', ({ plain }) => each(plain, ofTable(plain, 'readUnits'))],
  ];
  return table(
    ['', ...results.map(({ system }) => system.title)],
    rows.map(([what, of]) => [what, ...results.map(of)]),
  );
}

/** The faults that each system met. A system that makes more calls meets more faults. */
export function faultsTable(results: Result[]): string[] {
  return table(
    ['faults met', ...results.map(({ system }) => system.title)],
    KINDS.map((kind) => [
      kind,
      ...results.map(({ faults }) =>
        String(
          sumOf(
            faults.filter(({ fault }) => fault === kind),
            ({ hits }) => hits,
          ),
        ),
      ),
    ]),
  );
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(['---', ...head.slice(1).map(() => '---:')]), ...rows.map(line)];
}

const bold = (count: number): string => `**${count}**`;

const each = ({ verdict }: Round, count: number): string => (count / verdict.orders).toFixed(2);

const providerCalls = ({ calls }: Round): number =>
  sumOf(
    calls.filter(({ service }) => service === 'sesv2'),
    ({ count }) => count,
  );

const ofTable = ({ calls }: Round, field: 'count' | 'writeUnits' | 'readUnits'): number =>
  sumOf(
    calls.filter(({ service }) => service === 'dynamodb'),
    (call) => call[field],
  );

const median = ({ delaysMs }: Verdict): string => duration(medianOf(delaysMs));

const slowest = ({ delaysMs }: Verdict): string => duration(delaysMs.length > 0 ? Math.max(...delaysMs) : undefined);

function duration(ms: number | undefined): string {
  if (ms === undefined) return 'none';
  return Math.abs(ms) < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function sumOf<Item>(items: Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
