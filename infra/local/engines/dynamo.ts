import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotRun } from '../base/failure.ts';
import type { DynamoEngine, DynamoOptions, RunningDynamo } from './dynamo-engine.ts';
import { dynamodbLocal } from './dynamodb-local/dynamodb-local.ts';
import { dynoxide } from './dynoxide.ts';

const ENGINES: Record<string, DynamoEngine> = { dynoxide, 'dynamodb-local': dynamodbLocal };

/**
 * Starts the engine that `DYNAMODB_ENGINE` names, or dynoxide if the variable is not set. Creates its folder if
 * missing.
 * @throws CannotRun when there is no such engine, it cannot run here, or the folder has data of another engine.
 */
export async function startDynamo(options: DynamoOptions): Promise<RunningDynamo> {
  const name = options.environment.DYNAMODB_ENGINE || 'dynoxide';
  const engine = Object.hasOwn(ENGINES, name) && ENGINES[name];
  if (!engine) throw new CannotRun(`DYNAMODB_ENGINE is "${name}"; valid: ${Object.keys(ENGINES).join(', ')}.`);
  refuseDataOfOtherEngine(name, options.folder);
  mkdirSync(options.folder, { recursive: true });
  return engine.start(options);
}

/** A position in one engine's stream has no meaning in another's. A start with an empty engine would lose events. */
function refuseDataOfOtherEngine(name: string, folder: string): void {
  for (const [other, { file }] of Object.entries(ENGINES)) {
    if (other === name || !existsSync(join(folder, file))) continue;
    throw new CannotRun(
      `The data in ${folder} is of ${other}, and ${name} cannot read it; set DYNAMODB_ENGINE=${other}, name another folder in DATA_DIR, or start with --fresh (the data is lost).`,
    );
  }
}
