import { alarmAddresses } from './alarms.ts';
import type { Check } from './check.ts';
import { bootstrap, stackStatus } from './deployment.ts';
import { emailAccount, goingLive, identity, newIdentity, suppression } from './email.ts';
import { lambdaQuota } from './functions.ts';
import { recipients } from './recipients.ts';
import { sendGridEvents, sendGridKey, sendGridSender } from './sendgrid.ts';
import { endUserMessaging, snsText } from './sms.ts';
import { table } from './table.ts';
import { issuer, userPool } from './tokens.ts';

/** All checks of an account, in the order in which they are reported. */
export const checks: readonly Check[] = [
  bootstrap,
  stackStatus,
  table,
  goingLive,
  newIdentity,
  identity,
  emailAccount,
  recipients,
  suppression,
  sendGridKey,
  sendGridSender,
  sendGridEvents,
  snsText,
  endUserMessaging,
  issuer,
  userPool,
  lambdaQuota,
  alarmAddresses,
];
