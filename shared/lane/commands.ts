import { auditIdOf } from '#shared/dead-letter/audit.ts';
import { callerOf } from '#shared/http/caller.ts';
import { answer, type Call, type CommandPorts, execute } from '#shared/http/command.ts';
import type { Reply } from '#shared/http/event.ts';
import { RequestRefused } from '#shared/http/request-refused.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { PAUSES_KEY, type PauseCommand, pausesDecider } from './pauses.ts';
import { READINGS_KEY, type Readings } from './readings.ts';
import type { PauseBody, ResumeBody } from './requests.ts';

export type LaneCommandPorts = CommandPorts & { readings: Pick<StateStore<Readings>, 'read'> };

/** The subscriber's messages then wait in its queue. */
export const pauseSubscriber = (call: Call<PauseBody>, ports: LaneCommandPorts): Promise<Reply> =>
  switched(call, { type: 'PauseSubscriber', ...call.json.valid }, ports);

/** The subscriber handles the messages that have waited. */
export const resumeSubscriber = (call: Call<ResumeBody>, ports: LaneCommandPorts): Promise<Reply> =>
  switched(call, { type: 'ResumeSubscriber', ...call.json.valid }, ports);

async function switched(
  call: Call<unknown>,
  asked: Pick<PauseCommand, 'type' | 'reason' | 'owner'>,
  ports: LaneCommandPorts,
): Promise<Reply> {
  const subscriber = call.pathParameters?.subscriber ?? '';
  const actor = callerOf(call);
  const auditId = auditIdOf(ports.clock.now(), ports.random.nonce());
  const executed = await execute(
    call,
    {
      decider: pausesDecider,
      key: PAUSES_KEY,
      path: `/subscribers/${subscriber}/${asked.type === 'PauseSubscriber' ? 'pause' : 'resume'}`,
      readCommand: async () => {
        const readings = await ports.readings.read(READINGS_KEY);
        const names = Object.keys(readings?.state.subscribers ?? {});
        if (!names.includes(subscriber)) throw subscriberNotFound();
        return { ...asked, subscriber, auditId, actor };
      },
    },
    ports,
  );
  return answer(executed);
}

/** A name that no subscriber has, or one that cannot be paused. */
const subscriberNotFound = (): RequestRefused =>
  new RequestRefused(
    'SUBSCRIBER_NOT_FOUND',
    'There is no subscriber with this name that can be paused.',
    'Check the name; GET /subscribers lists them. After a first deployment, it lists them within a minute.',
  );
