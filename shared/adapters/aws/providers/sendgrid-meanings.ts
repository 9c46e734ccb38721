import type { Meanings } from './meaning.ts';

const NOT_TRIED = 'SendGrid accepted the message and did not try to deliver it';
const LIST = 'of the SendGrid account, which all tenants share';
const PERMANENT = "SendGrid calls it permanent, but it is not about the recipient's address";
const BLOCKED = 'The server refused this message for the moment. A later message may arrive.';

/** What SendGrid's events mean: rows of the table of provider events, by `event` and by the value of its fields. */
export const SENDGRID_MEANINGS: Readonly<Record<string, Meanings>> = {
  processed: { '*': [undefined, 'SendGrid accepted the message and is ready to deliver it.'] },
  delivered: { '*': ['DELIVERED', "The recipient's mail server accepted the message."] },
  deferred: { '*': ['DELAYED', "The recipient's server refused for the moment. SendGrid tries for 72 hours."] },
  bounce: {
    'bounce/Invalid Address': ['BOUNCED', 'The mailbox or the domain does not exist.'],
    'bounce/Mailbox Unavailable': ['BOUNCED', 'The mailbox cannot be used. SendGrid drops all further mail to it.'],
    'bounce/Unclassified': ['BOUNCED', 'A permanent refusal. SendGrid drops all further mail to the address.'],
    'bounce/none': ['BOUNCED', 'A permanent refusal without a classification, as in older events.'],
    'bounce/Content': ['UNDELIVERED', `The content was refused. ${PERMANENT}.`],
    'bounce/Reputation': ['UNDELIVERED', `The reputation of the sender is too low. ${PERMANENT}.`],
    'bounce/Frequency or Volume Too High': ['UNDELIVERED', `Too much mail at once. ${PERMANENT}.`],
    'bounce/Technical Failure': ['UNDELIVERED', `A technical failure, such as DNS. ${PERMANENT}.`],
    'bounce/*': ['UNDELIVERED', 'Not documented: the message did not arrive. Nothing is concluded about the address.'],
    'blocked/Invalid Address': ['SOFT_BOUNCED', BLOCKED],
    'blocked/Mailbox Unavailable': ['SOFT_BOUNCED', BLOCKED],
    'blocked/Unclassified': ['SOFT_BOUNCED', BLOCKED],
    'blocked/none': ['SOFT_BOUNCED', BLOCKED],
    'blocked/Content': ['SOFT_BOUNCED', BLOCKED],
    'blocked/Reputation': ['SOFT_BOUNCED', BLOCKED],
    'blocked/Frequency or Volume Too High': ['SOFT_BOUNCED', BLOCKED],
    'blocked/Technical Failure': ['SOFT_BOUNCED', BLOCKED],
    'blocked/*': ['SOFT_BOUNCED', `Not documented. ${BLOCKED}`],
    '*': ['UNDELIVERED', 'Not documented: it bounced. Nothing is concluded about the address.'],
  },
  dropped: {
    'Bounced Address': ['REJECTED', `${NOT_TRIED}: the address is on the bounce list ${LIST}.`],
    'Spam Reporting Address': ['REJECTED', `${NOT_TRIED}: the address is on the list of spam reports ${LIST}.`],
    'Unsubscribed Address': ['REJECTED', `${NOT_TRIED}: the address is on the list of unsubscribes ${LIST}.`],
    Invalid: ['REJECTED', `${NOT_TRIED}: the address is on the list of invalid addresses ${LIST}.`],
    'Invalid SMTPAPI header': ['REJECTED', `${NOT_TRIED}: a header was not valid. We send no such header.`],
    'Spam Content': ['REJECTED', `${NOT_TRIED}: the spam checker of the account refused the content.`],
    'Recipient List over Package Quota': ['REJECTED', `${NOT_TRIED}: the quota of the account is used up.`],
    '*': ['REJECTED', `Not documented: ${NOT_TRIED}.`],
  },
  spamreport: { '*': ['COMPLAINED', 'The recipient reported unsolicited mail.'] },
  open: { '*': ['OPENED', 'It shows interest and is not an outcome. We switch tracking off for each message.'] },
  click: { '*': ['CLICKED', 'It shows interest and is not an outcome. We switch tracking off for each message.'] },
  unsubscribe: { '*': ['REPORTED', 'About a list of SendGrid. We add no link to unsubscribe.'] },
  group_unsubscribe: { '*': ['REPORTED', 'About a group of SendGrid. We use no groups.'] },
  group_resubscribe: { '*': ['REPORTED', 'About a group of SendGrid. We use no groups.'] },
  '*': { '*': ['REPORTED', 'Not documented: the type of the event is recorded as the code.'] },
};
