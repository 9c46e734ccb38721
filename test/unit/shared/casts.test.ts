import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { castsOf } from '#test/support/casts.ts';

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared');

/** Bytes become types: rows, messages, and JSON texts that we stored. Stored shapes have a single cast (`upgraded`). */
const BYTES = {
  'adapters/aws/dynamodb/due.ts': 1,
  'erasure/commands.ts': 1,
  'feedback/scrubbed-feedback.ts': 1,
  'http/command.ts': 1,
  'http/signed-cursor.ts': 1,
  'messaging/correlation.ts': 1,
  'messaging/parse.ts': 2,
  'messaging/read.ts': 1,
  'messaging/versions.ts': 1,
  'notification/messages.ts': 1,
  'once/consume.ts': 1,
  'suppression/commands.ts': 1,
};

/** An error of the AWS SDK arrives as `unknown`. */
const ERRORS = {
  'adapters/aws/dynamodb/failures.ts': 4,
  'adapters/aws/providers/provider-answer.ts': 2,
  'adapters/aws/s3/s3-attachments.ts': 1,
};

/** The type of a library is narrower or wider than what it accepts; the comment beside the cast says how. */
const LIBRARIES = {
  'http/http-function.ts': 1,
  'http/input/fields.ts': 1,
  'http/input/structures.ts': 3,
  'notification/rendering/figures.ts': 1,
};

/** TypeScript does not resolve a conditional type over type parameters. */
const TYPE_PARAMETERS = {
  'messaging/progress.ts': 1,
  'once/execute.ts': 1,
};

it('casts stand only where bytes become types, and at the few places that are listed here', () => {
  const permitted = { ...BYTES, ...ERRORS, ...LIBRARIES, ...TYPE_PARAMETERS };
  const found = [...castsOf(SHARED)].filter(([, lines]) => lines.length > 0);
  assert.deepEqual(Object.fromEntries(found.map(([file, lines]) => [file, lines.length])), permitted);
});
