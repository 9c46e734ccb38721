import { paginateListSubscriptionsByTopic, type SNSClient, type Subscription } from '@aws-sdk/client-sns';
import type { SynthesizedStage } from '../synthesized-stage.ts';
import { type Check, type Finding, warning } from './check.ts';

/** SNS shows this text instead of an ARN until the recipient has followed the link. */
const PENDING = 'PendingConfirmation';

/** An address gets no mail before it has confirmed, and none after a click on "unsubscribe". */
export const alarmAddresses: Check = {
  name: 'alarm addresses',
  stops: 'warning',
  about: ({ alarms }) => alarms.addresses.length > 0,
  async run({ account, resources, synthesized }) {
    const topics = await resources('AWS::SNS::Topic');
    if (topics.length === 0) return [];
    const mailed = await Promise.all(topics.map(({ physicalId }) => mailSubscriptions(account.sns, physicalId)));
    const has = (address: string, isPending: boolean): boolean =>
      mailed
        .flat()
        .some(({ Endpoint, SubscriptionArn }) => Endpoint === address && (SubscriptionArn === PENDING) === isPending);
    return addressesIn(synthesized())
      .filter((address) => !has(address, false))
      .flatMap((address) => unheard(address, has(address, true)));
  },
};

const addressesIn = ({ propertiesOf }: SynthesizedStage): string[] =>
  propertiesOf('AWS::SNS::Subscription')
    .filter(({ Protocol }) => Protocol === 'email')
    .map(({ Endpoint }) => String(Endpoint));

async function mailSubscriptions(client: SNSClient, topicArn: string): Promise<Subscription[]> {
  const pages = await Array.fromAsync(paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn }));
  return pages.flatMap(({ Subscriptions = [] }) => Subscriptions).filter(({ Protocol }) => Protocol === 'email');
}

const unheard = (address: string, isPending: boolean): Finding[] =>
  isPending
    ? warning(
        `${address} has not confirmed yet and hears of no alarm.`,
        'Follow the link in the mail "AWS Notification - Subscription Confirmation".',
      )
    : warning(
        `${address} is not subscribed to any topic of the stage and hears of no alarm.`,
        'Deploy the stage; if it was unsubscribed by its own link, subscribe it again in the SNS console.',
      );
