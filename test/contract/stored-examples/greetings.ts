import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import { greetingDecider } from '#shared/greeting/decider.ts';
import { type Greeting, type GreetingCommand, greetingKey } from '#shared/greeting/greeting.ts';
import { SORT_KEY } from '#shared/names.ts';
import { executeTransition } from '#shared/once/transition.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { CONTACT, FIRST_CLAIM_MS, type Stage, TENANT } from './stage.ts';

type GreetingExamples = Record<string, Item> & Record<Greeting['status'], Item>;

/** A greeting in each of its states. */
export async function greetings({ ports, itemAt }: Stage): Promise<GreetingExamples> {
  const after = async (customerId: string, ...commands: GreetingCommand[]): Promise<Item> => {
    for (const command of commands) {
      await executeTransition(
        {
          decider: greetingDecider,
          key: greetingKey(TENANT, customerId),
          command,
          terms: { firstClaimMs: FIRST_CLAIM_MS, recipientKey: recipientKey('key') },
        },
        {
          subscriber: 'run-process',
          transitionId: `${command.type} of ${customerId}`,
          metadata: { correlationId: 'correlation' },
        },
        ports,
      );
    }
    return itemAt(`${TENANT}#greeting#${customerId}`, SORT_KEY.state);
  };
  const registration: GreetingCommand = { type: 'NoteRegistration', data: {} };
  return {
    'awaiting-order': await after('greeting-1', registration),
    'awaiting-registration': await after('greeting-2', { type: 'NoteOrder', data: {} }),
    greeted: await after('greeting-3', registration, { type: 'NoteOrder', data: { contact: CONTACT } }),
    ended: await after('greeting-4', registration, { type: 'NoteOrder', data: {} }),
  };
}
