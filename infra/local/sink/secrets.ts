import { serviceError } from '../gateway/answers.ts';
import type { Answer } from '../gateway/services.ts';

/** Answers `GetSecretValue` from secrets known by ARN or name. */
export function answerSecret(operation: string, body: Buffer, secrets: Record<string, string>): Answer {
  const refuse = (code: string, message: string) => serviceError('secretsmanager', 400, code, message);
  if (operation !== 'GetSecretValue')
    return refuse('UnknownOperationException', `The local sink takes GetSecretValue, not ${operation}.`);
  let id: unknown;
  try {
    id = JSON.parse(body.toString()).SecretId;
  } catch (cause) {
    return refuse('SerializationException', `The body is no JSON: ${(cause as Error).message}`);
  }
  if (typeof id !== 'string' || id === '') return refuse('InvalidParameterException', 'SecretId is missing.');
  const key = Object.keys(secrets).find((known) => known === id || nameOf(known) === nameOf(id as string));
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

/** A secret's ARN ends in its name and six characters of AWS's choice. */
function nameOf(id: string): string {
  const full = /^arn:aws:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(id)?.[1];
  return full === undefined ? id : full.replace(/-[A-Za-z0-9]{6}$/, '');
}
