import type { Envelope } from '#shared/messaging/envelope.ts';
import { parseWith } from '#shared/messaging/parse.ts';
import { object, someText } from '#shared/messaging/read.ts';
import { ORDER_APPROVED } from '#shared/names.ts';
import { type AnnouncedNotifications, channelsOn, type NotificationTerms } from '#shared/notification/request.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { AboutProcess, CommandOf } from '#shared/once/execute-message.ts';
import { type Approval, approvalKey } from '#shared/order/approval.ts';
import { type OrderReaderPorts, unchangedOrder } from '#shared/order/unchanged-order.ts';
import type { ApprovalCommand, ApprovalEvent } from './approval.ts';
import { approvalDecider } from './decider.ts';
import { APPROVAL_MESSAGE } from './messages.ts';

export type ApprovalPorts = NotifyingPorts & OrderReaderPorts;

const anOrder = object({ orderId: someText });

/** The approval that a message is about. undefined: none. @throws PoisonMessage if its data is unreadable. */
export const approvalIn = ({ type, tenantid, data }: AboutProcess) =>
  type === ORDER_APPROVED
    ? approvalKey(tenantid, parseWith(anOrder, data, 'The message names no order').orderId)
    : undefined;

/**
 * The command of a message to the approval of its order. The e-mail is filled from the order's row, because a message
 * contains neither the contact nor a text.
 * @throws NotSeenYet while the order's row may not be visible yet; PoisonMessage if there is none.
 */
export const approvalOf =
  (
    ports: ApprovalPorts,
  ): CommandOf<Approval, ApprovalCommand, ApprovalEvent, NotificationTerms, AnnouncedNotifications> =>
  async (envelope: Envelope) => {
    const { tenantid, time } = envelope;
    const key = approvalIn(envelope);
    if (!key) return undefined;
    const order = unchangedOrder(key, time, ports);
    const terms = await notificationTerms(ports, tenantid);
    const isOn = channelsOn('OrderApproved', APPROVAL_MESSAGE.OrderApproved.channels, terms).length > 0;
    return {
      decider: approvalDecider,
      key,
      terms,
      // Only a repetition finds it, and the executor recognises repetitions.
      assume: 'absent',
      readCommand: async (): Promise<ApprovalCommand> => ({
        type: 'SendApproval',
        data: { order: await order.read(), isOn },
      }),
      related: order.related,
    };
  };
