import { serviceError } from '../aws/answers.ts';
import { wholeMessageOf } from '../base/failure.ts';
import type { Answer } from '../base/http.ts';
import { isRecord } from '../base/json.ts';

/** Answers `GetSecretValue` from the known secrets, which have an ARN or a name. */
export function answerSecret(operation: string, body: Buffer, secrets: Record<string, string>): Answer {
  const refuse = (code: string, message: string) => serviceError('secretsmanager', 400, code, message);
  if (operation !== 'GetSecretValue')
    return refuse('UnknownOperationException', `The local sink accepts GetSecretValue, not ${operation}.`);
  let request: unknown;
  try {
    request = JSON.parse(body.toString());
  } catch (cause) {
    return refuse('SerializationException', `The body is not JSON: ${wholeMessageOf(cause)}`);
  }
  const id = isRecord(request) ? request.SecretId : undefined;
  if (typeof id !== 'string' || id === '') return refuse('InvalidParameterException', 'SecretId is missing.');
  const key = Object.keys(secrets).find((known) => known === id || nameOf(known) === nameOf(id));
  if (key === undefined) return refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  const value = {
    ARN: key,
    Name: nameOf(key),
    SecretString: secrets[key],
    VersionId: '00000000-0000-0000-0000-000000000000',
    VersionStages: ['AWSCURRENT'],
  };
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value) };
}

/** A secret's ARN ends in its name and six characters that AWS chose. */
function nameOf(id: string): string {
  const full = /^arn:aws:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(id)?.[1];
  return full === undefined ? id : full.replace(/-[A-Za-z0-9]{6}$/, '');
}
