import { SETTINGS_CACHED_MS } from '#shared/notification/settings/settings-reader.ts';
import { arrivals } from './arrivals.ts';
import type { Facts, NotificationRow } from './facts.ts';
import { aboutNotification, isAccepted, type Report, type ReportOne } from './violations.ts';

/** The judgement of settings that change while messages are requested and sent. */

/** One version of a tenant's settings. Times are in epoch milliseconds. */
export type SettingsVersion = {
  version: number;
  changedAt: number;
  /** When its client knew that it is in force. */
  answeredAt: number;
  brand: string;
  /** The channels of the events whose messages are not all on. */
  events: Readonly<Record<string, readonly string[] | undefined>>;
};

/** The settings of each tenant, in the order of their versions. */
export function settingsVersions({ answers }: Facts): Map<string, SettingsVersion[]> {
  const replaced = answers.filter((one) => one.request.kind === 'settings' && isAccepted(one));
  const byTenant = Map.groupBy(replaced, ({ request }) => request.tenant);
  return new Map(
    [...byTenant].map(([tenant, own]) => {
      const versions = [...Map.groupBy(own, ({ text }) => text)].map(([text, same]): SettingsVersion => {
        const { version, changedAt } = JSON.parse(text) as { version: number; changedAt: string };
        const { brand, events } = (same[0] as (typeof same)[number]).request.body as {
          brand: { name: string };
          events: SettingsVersion['events'];
        };
        const answeredAt = Math.min(...same.map(({ at }) => at));
        return { version, changedAt: Date.parse(changedAt), answeredAt, brand: brand.name, events };
      });
      return [tenant, versions.toSorted((one, other) => one.version - other.version)];
    }),
  );
}

/** From the moment that a command has read the settings until it has decided, with repetitions after conflicts. */
const DECISION_MS = 15_000;

/** The versions that a decision at a time in this range may have used. Times are in epoch milliseconds. */
export const possibleVersions = (versions: readonly SettingsVersion[], from: number, to = from): SettingsVersion[] =>
  versions.filter(({ changedAt }, index) => {
    const next = versions[index + 1];
    return changedAt <= to && (!next || next.answeredAt + SETTINGS_CACHED_MS + DECISION_MS >= from);
  });

/** The event of each message of ours, by its purpose. */
const EVENT: Readonly<Record<string, string>> = {
  'order-confirmation': 'OrderPlaced',
  'order-cancellation': 'OrderCancelled',
  greeting: 'CustomerGreeted',
  approval: 'OrderApproved',
  reminder: 'CustomerReminded',
  fallback: 'FallbackRequested',
};

/** Whether the messages of this purpose are on. */
export function isOn({ events }: SettingsVersion, purpose: string, channel: string): boolean {
  const on = events[EVENT[purpose] ?? ''];
  return on === undefined || on.includes(channel);
}

/** Each message of ours was requested with settings of its time, which leave it on, and it shows them. */
export function judgeSettings(facts: Facts, report: Report): void {
  const byTenant = settingsVersions(facts);
  for (const [tenant, versions] of byTenant)
    versions.forEach(({ version }, index) => {
      if (version !== index + 1) report('diverging', `settings of ${tenant}`, `version ${version} follows ${index}`);
    });
  for (const [row, arrived] of arrivals(facts)) {
    const versions = byTenant.get(row.tenant);
    if (!versions || EVENT[row.notification.purpose] === undefined) continue;
    const reportOne: ReportOne = (kind, why) => report(kind, aboutNotification(row), why);
    const used = versions.find(({ version }) => version === row.settings);
    judgeUsed(row, used, possibleVersions(versions, Date.parse(row.notification.createdAt)), reportOne);
    if (used && showsBrand(row) && arrived.some(({ body }) => !body.startsWith(used.brand)))
      reportOne('diverging', `it was requested with version ${used.version}, and does not show ${used.brand}`);
  }
}

function judgeUsed(
  { settings, notification }: NotificationRow,
  used: SettingsVersion | undefined,
  possible: readonly SettingsVersion[],
  reportOne: ReportOne,
): void {
  const { purpose, channel, createdAt } = notification;
  const names = possible.map(({ version }) => version).join(' or ');
  if (!used || !possible.includes(used))
    reportOne('diverging', `requested with version ${settings} of the settings at ${createdAt}, in force was ${names}`);
  else if (!isOn(used, purpose, channel)) reportOne('phantom', `version ${settings} of the settings has it off`);
}

/** E-mails show the brand, and so does the one text message that the tenants have words of their own for. */
const showsBrand = ({ notification: { channel, purpose } }: NotificationRow): boolean =>
  channel === 'email' || purpose === 'order-confirmation';
