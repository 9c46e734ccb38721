import {
  GetAccountCommand,
  type GetAccountResponse,
  GetEmailIdentityCommand,
  type GetEmailIdentityResponse,
} from '@aws-sdk/client-sesv2';
import { stackNameOf } from '../../outputs.ts';
import { type StageSettings, sesOf } from '../../settings.ts';
import type { Account } from '../clients.ts';
import { unlessNamed } from '../refused.ts';
import { type DeployedStack, describeStack, isUnmade, type StackResource, stackResources } from '../stack.ts';
import type { SynthesizedStage } from '../synthesized-stage.ts';

/** Looks up a CNAME record. Throws like `node:dns`. */
export type ResolveCname = (name: string) => Promise<string[]>;

/** The Web API of an e-mail provider outside AWS. */
export type EmailApi = {
  /** A key that may read more than the senders’ key may. */
  key?: string;
  /** Default: the provider’s own. Tests have a service of their own. */
  url?: string;
};

/** The examined stage and its account. */
type Examined = {
  stage: string;
  settings: StageSettings;
  account: Account;
  accountId: string;
  region: string;
  resolveCname: ResolveCname;
  emailApi: EmailApi;
};

/** What a check works with. An answer that several checks need is requested once. */
export type CheckContext = Examined & {
  /** What the code says about the stage. The checks derive from it what the account must contain. */
  synthesized(): SynthesizedStage;
  stack(): Promise<DeployedStack | undefined>;
  /** Resources of the stack; none before it is deployed. */
  resources(type: string): Promise<StackResource[]>;
  emailAccount(): Promise<GetAccountResponse>;
  /** Undefined if the account does not have the stage’s identity of SES. */
  emailIdentity(): Promise<GetEmailIdentityResponse | undefined>;
};

/** The context of all checks of one examination. */
export function contextOf(
  examined: Examined,
  synthesize: (stage: string, settings: StageSettings) => SynthesizedStage,
): CheckContext {
  const { stage, settings, account } = examined;
  const name = stackNameOf(stage);
  const stack = once(() => describeStack(account.cloudFormation, name));
  const everyResource = once(async () => {
    const deployed = await stack();
    return deployed && !isUnmade(deployed) ? stackResources(account.cloudFormation, name) : [];
  });
  return {
    ...examined,
    synthesized: once(() => synthesize(stage, settings)),
    stack,
    resources: async (type) => (await everyResource()).filter((resource) => resource.type === type),
    emailAccount: once(() => account.ses.send(new GetAccountCommand({}))),
    emailIdentity: once(() => {
      const command = new GetEmailIdentityCommand({ EmailIdentity: sesOf(settings).identity });
      return unlessNamed(account.ses.send(command), 'NotFoundException');
    }),
  };
}

/** Requests the answer at the first call only. Every caller gets the same answer, or the same rejected promise. */
function once<Answer>(ask: () => Answer): () => Answer {
  let answer: Answer | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
