import { FUNCTION } from '#shared/names.ts';
import { judgeMessages, type MessageFinding, nameOf } from '#test/support/judge/messages.ts';
import { type Facts, neverHandled } from './facts.ts';
import { judgeClients, judgeCommands } from './judge-commands.ts';
import { judgeDeadLetters } from './judge-dead-letters.ts';
import { judgeAttachments, judgeCancelled, judgeExpectedMessages } from './judge-messages.ts';
import { judgeInbox, judgeNotifications } from './judge-notifications.ts';
import { judgeOperators } from './judge-operators.ts';
import { judgeOrderList, judgeOrders } from './judge-orders.ts';
import { judgeApprovals, judgeProcessFallbacks, judgeReminders } from './judge-processes.ts';
import { judgeReplays } from './judge-replays.ts';
import { judgeRequested } from './judge-requested.ts';
import { judgeSettings } from './judge-settings.ts';
import type { Report, Violation, ViolationKind } from './violations.ts';

/** All violations of the design's invariants. Faults are no excuse. */
export function violationsIn(facts: Facts): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (kind, about, why) => violations.push({ kind, about, why });
  judgeClients(facts, report);
  judgeCommands(facts, report);
  judgeOrders(facts, report);
  judgeRequested(facts, report);
  judgeNotifications(facts, report);
  judgeInbox(facts, report);
  judgeExpectedMessages(facts, report);
  judgeCancelled(facts, report);
  judgeAttachments(facts, report);
  judgeOutbox(facts, report);
  judgeReads(facts, report);
  judgeQueues(facts, report);
  judgeDeadLetters(facts, report);
  judgeOperators(facts, report);
  judgeStatistics(facts, report);
  judgeOrderList(facts, report);
  judgeReplays(facts, report);
  judgeReminders(facts, report);
  judgeProcessFallbacks(facts, report);
  judgeApprovals(facts, report);
  judgeSettings(facts, report);
  return violations;
}

const MESSAGE_KIND: Record<MessageFinding['what'], ViolationKind> = {
  'published with different contents': 'diverging',
  'published, but in no outbox': 'phantom',
  'one event, twice': 'doubled',
};

/** Every message of the outbox was published. The observer misses some, so the rows are the evidence. */
function judgeOutbox({ messages, observed, notifications }: Facts, report: Report): void {
  for (const { id, type, about, state } of messages) {
    if (state === 'due') report('unfinished', `${type} ${id} of ${about}`, 'it was not published');
    if (state === 'buried') report('lost', `${type} ${id} of ${about}`, 'it was set aside without being published');
  }
  const known = new Set(notifications.map(({ tenant, notificationId }) => nameOf(tenant, notificationId)));
  for (const { what, about, why } of judgeMessages(messages, observed, known))
    report(MESSAGE_KIND[what], about, `${what}: ${why}`);
}

function judgeReads({ seen }: Facts, report: Report): void {
  for (const { path, byStranger, status } of seen) {
    if (status === 0) report('unfinished', path, 'its reader gave up');
    else if (byStranger && status !== 404) report('diverging', path, `another tenant read it and received ${status}`);
    else if (!byStranger && status !== 200) report('lost', path, `read after it was accepted, answered ${status}`);
  }
}

function judgeQueues({ queues }: Facts, report: Report): void {
  for (const { name, depth } of queues) {
    if (!name.endsWith(', dead')) report('unfinished', `queue of ${name}`, `${depth} messages are left`);
  }
}

/** A tenant's statistics equal the counts of its rows. Each event that is a dead letter may be missing from one figure. */
function judgeStatistics(facts: Facts, report: Report): void {
  const { counted, notifications } = facts;
  const crashed = neverHandled(facts, FUNCTION.projectStatistics);
  for (const { tenant, statuses } of counted) {
    const missing = crashed.filter((letter) => letter.tenant === tenant).length;
    const own = notifications.filter((row) => row.tenant === tenant).map(({ notification }) => notification.status);
    for (const status of new Set([...own, ...Object.keys(statuses)])) {
      const [rows, figure] = [own.filter((one) => one === status).length, statuses[status] ?? 0];
      if (Math.abs(rows - figure) > missing)
        report('diverging', `statistics of ${tenant}`, `they count ${figure} as ${status}, the table has ${rows}`);
    }
  }
}
