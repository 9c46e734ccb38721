import { type LoadFigures, quantile } from './measure.ts';
import type { LoadedSystem } from './systems.ts';

type Measured = ReadonlyMap<LoadedSystem, readonly LoadFigures[]>;

type Row = { title: string; of: (figures: LoadFigures) => number | undefined; digits: number };

const ROWS: readonly Row[] = [
  { title: 'accepted, orders/s', of: ({ acceptedPerSecond }) => acceptedPerSecond, digits: 1 },
  { title: 'delivered, orders/s', of: ({ deliveredPerSecond }) => deliveredPerSecond, digits: 1 },
  { title: 'idle: accepted → provider called, median ms', of: ({ idleMedianMs }) => idleMedianMs, digits: 0 },
  { title: 'under load: the same, p99 ms', of: ({ p99Ms }) => p99Ms, digits: 0 },
  { title: 'processor time of functions, ms an order', of: ({ cpuMsPerOrder }) => cpuMsPerOrder, digits: 1 },
  { title: 'DynamoDB calls of an order with an e-mail', of: ({ taken }) => taken.calls, digits: 1 },
  { title: 'write units', of: ({ taken }) => taken.writeUnits, digits: 1 },
  { title: 'read units', of: ({ taken }) => taken.readUnits, digits: 1 },
  {
    title: 'DynamoDB calls of an order with an e-mail and a text message',
    of: (one) => one.takenWithBoth?.calls,
    digits: 1,
  },
  { title: 'write units', of: (one) => one.takenWithBoth?.writeUnits, digits: 1 },
  { title: 'read units', of: (one) => one.takenWithBoth?.readUnits, digits: 1 },
];

/** The medians of the rounds as a Markdown table, with their ratio to the first system. Then the functions of each system. */
export function figuresTable(measured: Measured): string[] {
  const systems = [...measured];
  const [baseline] = systems;
  const head = ['', ...systems.map(([{ title }]) => title)];
  const rows = ROWS.map((row) => [
    row.title,
    ...systems.map(([system, rounds]) => {
      const [value, base] = [median(rounds, row.of), baseline && median(baseline[1], row.of)];
      if (value === undefined) return '';
      const ratio = system === baseline?.[0] || !base ? '' : ` (${(value / base).toFixed(2)} ×)`;
      return `${value.toFixed(row.digits)}${ratio}`;
    }),
  ]);
  return [...table(head, rows), '', ...table(['processor time by function', 'ms an order'], functionRows(systems))];
}

function functionRows(systems: readonly (readonly [LoadedSystem, readonly LoadFigures[]])[]): string[][] {
  return systems.flatMap(([{ title }, rounds]) => {
    const names = Object.keys(rounds[0]?.cpuMsByFunction ?? {});
    const used = names.map((name) => [name, median(rounds, (one) => one.cpuMsByFunction[name]) ?? 0] as const);
    return used
      .toSorted(([, one], [, other]) => other - one)
      .map(([name, cpuMs]) => [`${title}: ${name}`, cpuMs.toFixed(1)]);
  });
}

/** The medians, by the systems' names. Calls and units are those of an order with all messages that the system sends. */
export function figuresJson(measured: Measured): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Array.from(measured, ([{ name }, rounds]) => {
      const of = (read: (figures: LoadFigures) => number) => rounded(median(rounds, read) ?? 0);
      const figures = {
        acceptedPerSecond: of((one) => one.acceptedPerSecond),
        deliveredPerSecond: of((one) => one.deliveredPerSecond),
        idleMedianMs: of((one) => one.idleMedianMs),
        p99Ms: of((one) => one.p99Ms),
        cpuMsPerOrder: of((one) => one.cpuMsPerOrder),
        calls: of((one) => (one.takenWithBoth ?? one.taken).calls),
        writeUnits: of((one) => (one.takenWithBoth ?? one.taken).writeUnits),
        readUnits: of((one) => (one.takenWithBoth ?? one.taken).readUnits),
      };
      return [name, figures];
    }),
  );
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function median(rounds: readonly LoadFigures[], of: Row['of']): number | undefined {
  const values = rounds.map(of).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : quantile(values, 0.5);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
