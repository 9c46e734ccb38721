import {
  GetAccountCommand,
  type GetAccountResponse,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
} from '@aws-sdk/client-sesv2';
import { stackNameOf } from '../../outputs.ts';
import type { StageSettings } from '../../settings.ts';
import type { Account } from '../clients.ts';
import { isNamed } from '../refused.ts';
import { type DeployedStack, describeStack, isUnmade, type StackResource, stackResources } from '../stack.ts';

/** Looks up a CNAME record. Throws like `node:dns`. */
export type ResolveCname = (name: string) => Promise<string[]>;

/** The examined stage and its account. An answer that several checks need is requested once. */
export type Patient = {
  stage: string;
  settings: StageSettings;
  account: Account;
  accountId: string;
  region: string;
  resolveCname: ResolveCname;
  stack(): Promise<DeployedStack | undefined>;
  /** Resources of the stack; none before it is deployed. */
  resources(type: string): Promise<StackResource[]>;
  emailAccount(): Promise<GetAccountResponse>;
  /** Undefined if the account does not have the stage’s identity. */
  emailIdentity(): Promise<GetEmailIdentityResponse | undefined>;
};

export type PatientOptions = Pick<Patient, 'stage' | 'settings' | 'account' | 'accountId' | 'region' | 'resolveCname'>;

export function admit(options: PatientOptions): Patient {
  const { stage, settings, account } = options;
  const name = stackNameOf(stage);
  const stack = once(() => describeStack(account.cloudFormation, name));
  const everyResource = once(async () => {
    const deployed = await stack();
    return deployed && !isUnmade(deployed) ? stackResources(account.cloudFormation, name) : [];
  });
  return {
    ...options,
    stack,
    resources: async (type) => (await everyResource()).filter((resource) => resource.type === type),
    emailAccount: once(() => account.ses.send(new GetAccountCommand({}))),
    emailIdentity: once(async () => {
      try {
        return await account.ses.send(new GetEmailIdentityCommand({ EmailIdentity: settings.email.identity }));
      } catch (error) {
        if (isNamed(error, 'NotFoundException')) return undefined;
        throw error;
      }
    }),
  };
}

/** Requests the answer at the first call only. Every caller gets the same answer, or the same error. */
function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
