import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import { mappingIdIn } from '../aws/addresses.ts';
import { serviceError } from '../aws/answers.ts';
import { type Answer, listenLocally, readBody, sendAnswer } from '../base/http.ts';
import type { MappingSwitches } from './mapping-switches.ts';

const UPDATE = v.object({ Enabled: v.boolean() });

/**
 * The part of Lambda's API that pauses: `GetEventSourceMapping`, and `UpdateEventSourceMapping` with `Enabled`. As at AWS,
 * an update answers before it has taken effect, and a mapping that is changing refuses the next update.
 */
export async function openMappingApi(log: (line: string) => void) {
  const serving = Promise.withResolvers<MappingSwitches>();
  const server = await listenLocally((incoming, response) => {
    void serving.promise
      .then((mappings) => answer(incoming, mappings))
      .then((answered) => sendAnswer(response, answered))
      .catch((error: Error) => {
        log(`lambda: ${error.message}`);
        response.destroy();
      });
  });
  return { url: server.url, close: server.close, serve: serving.resolve };
}

async function answer(incoming: IncomingMessage, mappings: MappingSwitches): Promise<Answer> {
  const refuse = (status: number, code: string, message: string) => serviceError('lambda', status, code, message);
  const UUID = mappingIdIn(new URL(incoming.url ?? '/', 'http://lambda').pathname);
  const state = UUID === undefined ? undefined : mappings.stateOf(UUID);
  if (UUID === undefined || state === undefined)
    return refuse(404, 'ResourceNotFoundException', 'The resource you requested does not exist.');
  if (incoming.method !== 'PUT') return shown(200, UUID, state);
  const body = v.safeParse(UPDATE, JSON.parse((await readBody(incoming)).toString()));
  if (!body.success) return refuse(400, 'InvalidParameterValueException', 'The local cloud emulates Enabled only.');
  if (state !== 'Enabled' && state !== 'Disabled')
    return refuse(
      409,
      'ResourceInUseException',
      `Cannot update the event source mapping because it is in state ${state}.`,
    );
  return shown(202, UUID, mappings.turn(UUID, body.output.Enabled));
}

const shown = (status: number, UUID: string, State: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ UUID, State }),
});
