import * as v from 'valibot';
import { EXIT, OpsFailure } from './exit-codes.ts';

const problemSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    detail: v.string(),
    next: v.optional(v.string(), ''),
    errors: v.optional(v.array(v.object({ path: v.string(), message: v.string(), next: v.string() })), []),
  }),
);

type Refusal = { url: string; path: string; status: number; headers: Headers; text: string };

/** The failure for an answer that is not a success: what the stage says, and the next step. */
export function refusalOf({ url, path, status, headers, text }: Refusal): OpsFailure {
  const read = v.safeParse(problemSchema, text);
  const problem = read.success ? read.output : undefined;
  if (status === 401) {
    const why = headers.get('www-authenticate');
    return new OpsFailure(
      EXIT.credentials,
      `The stage refuses the token: it has expired, or belongs to another stage${why ? ` (${why})` : ''}. Get a new one.`,
    );
  }
  if (status === 403) {
    const why = problem ? sentence(problem) : 'It does not have the scope that this request needs.';
    return new OpsFailure(EXIT.credentials, `The token may not do this. ${why} Use the token of an operator.`);
  }
  if (problem === undefined) {
    const where = path.split('?')[0];
    return new OpsFailure(
      EXIT.refused,
      `${url} answers ${status} to ${where}: it is not a stage of Counterfoil, or its release does not have this request.`,
    );
  }
  const faults = problem.errors.map((fault) => `${fault.path}: ${fault.message} ${fault.next}`);
  return new OpsFailure(EXIT.refused, sentence(problem), ...faults);
}

const sentence = ({ detail, next }: { detail: string; next: string }): string => `${detail} ${next}`.trim();
