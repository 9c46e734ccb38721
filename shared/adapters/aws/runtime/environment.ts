import { Failure } from '#shared/messaging/failure.ts';

/** The function was deployed without settings that it needs. */
export class MisconfiguredFunction extends Failure {
  override readonly name = 'MisconfiguredFunction';
  readonly code = 'MISCONFIGURED_FUNCTION';
  readonly retriable = false;
  readonly next = 'Deploy the stack again; it sets these variables.';
}

type Kind = 'text' | 'number' | 'optional text' | 'optional number';
type ValueOf = {
  text: string;
  number: number;
  'optional text': string | undefined;
  'optional number': number | undefined;
};
type Values<Wanted extends Record<string, [string, Kind]>> = {
  [Name in keyof Wanted]: ValueOf[Wanted[Name][1]];
};

/**
 * Reads environment variables: `readEnvironment({ tableName: [ENV.table, 'text'] })`.
 * @throws MisconfiguredFunction listing every missing or malformed one.
 */
export function readEnvironment<const Wanted extends Record<string, [string, Kind]>>(
  wanted: Wanted,
  environment = process.env,
): Values<Wanted> {
  const faults: string[] = [];
  const values = Object.entries(wanted).map(([name, [variable, kind]]) => {
    const value = environment[variable] ?? '';
    if (value === '' && kind.startsWith('optional')) return [name, undefined];
    const isNumber = kind.endsWith('number');
    if (value === '') faults.push(`${variable} is missing`);
    else if (isNumber && !Number.isFinite(Number(value))) faults.push(`${variable} is no number`);
    return [name, isNumber ? Number(value) : value];
  });
  if (faults.length > 0) throw new MisconfiguredFunction(`Environment: ${faults.join(', ')}.`);
  return Object.fromEntries(values);
}
