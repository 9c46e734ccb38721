import { type ConversionConfig, type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { Json } from '#shared/http/openapi/reference.ts';

/** A schema without a name, for use in place. */
export function schemaOf(schema: v.GenericSchema): Json {
  const { $schema: _dialect, ...json } = toJsonSchema(schema, WRITING);
  return json;
}

export const WRITING: ConversionConfig = {
  target: 'draft-2020-12',
  // The document describes values as they are sent, before transforms.
  typeMode: 'input',
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  overrideAction: ({ valibotAction, jsonSchema }) => added(jsonSchema, beyondAction(valibotAction)),
  overrideSchema: ({ valibotSchema, jsonSchema }) => added(jsonSchema, beyondSchema(valibotSchema, jsonSchema)),
};

/** Checks that the generator does not know must be handled here, because it throws otherwise. */
const added = (jsonSchema: JsonSchema, beyond: Json | undefined): JsonSchema | undefined =>
  beyond && { ...jsonSchema, ...beyond };

function beyondAction(action: { type: string; message?: unknown; requirement?: unknown }): Json | undefined {
  switch (action.type) {
    case 'max_code_points':
      return { maxLength: action.requirement };
    case 'check':
    case 'regex':
      return formatOf(String(action.message));
    case 'readonly':
    case 'raw_check':
    case 'finite':
    case 'normalize':
    case 'transform':
      return {};
    default:
      return undefined;
  }
}

const CURRENCY =
  'An active code of ISO 4217, list one, with a minor unit. Amounts are in this unit (1250 is EUR 12.50, JPY 1,250, KWD 1.250).';

/** A check whose name is in lower case is a format. Some formats have a description as well. */
function formatOf(name: string): Json {
  if (name === 'currency') return { format: name, pattern: '^[A-Z]{3}$', description: CURRENCY };
  if (name === 'locale')
    return {
      format: name,
      description: 'BCP 47 tag, like de-AT. It determines the language and the format of numbers in messages.',
    };
  if (name === 'WEB_ADDRESS') return { description: 'Without a web address (http://, www.).' };
  return name === name.toLowerCase() ? { format: name } : {};
}

function beyondSchema({ type, literal }: { type: string; literal?: unknown }, { required }: JsonSchema) {
  if (type === 'literal') return { type: typeof literal };
  return required?.length === 0 ? { required: undefined } : undefined;
}
