import type { SinkOptions } from './options.ts';
import type { AcceptedEmail } from './ses.ts';
import { sesEvents } from './ses-events.ts';
import type { EventSetting, EventType, SinkSettings } from './settings.ts';
import type { AcceptedText } from './sms-voice.ts';
import type { NewEvent, SinkStore } from './store.ts';
import { textEvents } from './text-events.ts';

/** Window within which `reorder` turns the order of events round. */
const reorderWindowMs = 1000;

/** Pause after a failed publish; SNS, too, tries again until it works. */
const retryMs = 1000;

/** Node fires a timer at once that is set for longer. */
const longestTimerMs = 2 ** 31 - 1;

type Publish = NonNullable<SinkOptions['publish']>;

export type EventFeed = {
  /** The events of an accepted e-mail as its configuration set wants them, to be stored with it. */
  eventsOf(email: AcceptedEmail): NewEvent[];
  /** The same of an accepted text message. */
  eventsOfText(text: AcceptedText): NewEvent[];
  /** Looks at what is due: after new events were stored. */
  wake(): void;
  /** Lets go what is no longer withheld. */
  settingsChanged(): void;
  start(): void;
  /** Ends after the publish under way. */
  stop(): Promise<void>;
};

type FeedParts = {
  store: SinkStore;
  clock: () => number;
  log: (line: string) => void;
  options: Pick<SinkOptions, 'publish' | 'configurationSets' | 'smsConfigurationSets' | 'region' | 'accountId'>;
  settings: () => SinkSettings;
};

/**
 * Publishes events when they are due, one after the other, each until it succeeds. They lie in the
 * store until then, so that a restart loses none; one published just before a crash comes twice, as
 * SNS may do it.
 */
export function createEventFeed({ store, clock, log, options, settings }: FeedParts): EventFeed {
  const { publish, configurationSets = {}, smsConfigurationSets = {} } = options;
  const { region = 'eu-central-1', accountId = '000000000000' } = options;
  let timer: NodeJS.Timeout | undefined;
  let publishing: Promise<void> | undefined;
  let running = false;

  const wake = (): void => {
    if (!running || !publish || publishing) return;
    clearTimeout(timer);
    publishing = round(publish);
  };

  /** Publishes what is due, then looks forward to what is not. */
  const round = async (send: Publish): Promise<void> => {
    let pauseMs = 0;
    try {
      await publishDue(send);
    } catch (error) {
      log(`sink: an event could not be published, trying again in ${retryMs} ms: ${(error as Error).message}`);
      pauseMs = retryMs;
    }
    // At once, without a pause in between: an event that came while `wake` did nothing is seen here.
    publishing = undefined;
    const next = store.nextEvent();
    if (next && running) timer = setTimeout(wake, Math.min(Math.max(next.dueAt - clock(), pauseMs), longestTimerMs));
  };

  const publishDue = async (send: Publish): Promise<void> => {
    for (let event = store.nextEvent(); event && running && event.dueAt <= clock(); event = store.nextEvent()) {
      await send(event.topicArn, event.body);
      store.removeEvent(event.n);
    }
  };

  /** Those that the configuration set wants, when and as often as the settings say. */
  const wantedOf = (set: ConfigurationSet | undefined, events: EmittedEvent[]): NewEvent[] => {
    const { eventTopicArn: topicArn, eventTypes = [] } = set ?? {};
    if (!topicArn || !publish) return [];
    const wanted = eventTypes.map(bareName);
    return events
      .filter(({ type }) => wanted.includes(bareName(type)) || (wanted.includes('textall') && type.startsWith('TEXT_')))
      .flatMap(({ type, afterMs, body }) => {
        const setting = settings().events?.[type] ?? {};
        const due = { dueAt: dueAt(setting, clock() + afterMs), reversed: setting.reorder === true };
        const event = { type, topicArn, body: JSON.stringify(body), ...due };
        return Array.from({ length: setting.copies ?? 1 }, () => event);
      });
  };

  return {
    eventsOf: (email) =>
      wantedOf(
        configurationSets[email.configurationSet ?? ''],
        sesEvents(email, { region, accountId }, settings().outcomes),
      ),
    eventsOfText: (text) =>
      wantedOf(smsConfigurationSets[text.configurationSet ?? ''], textEvents(text, settings().failingNumbers)),
    wake,
    settingsChanged() {
      for (const type of store.withheldTypes()) {
        if (!settings().events?.[type as EventType]?.withhold) store.release(type, clock());
      }
      wake();
    },
    start() {
      running = true;
      if (publish) announceDestinations(store, configurationSets, clock());
      this.settingsChanged();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await publishing;
    },
  };
}

type ConfigurationSet = { eventTopicArn?: string; eventTypes: string[] };
type EmittedEvent = { type: EventType; afterMs: number; body: Record<string, unknown> };

/** `DELIVERY_DELAY`, `deliveryDelay` and `DeliveryDelay` are one type. */
const bareName = (type: string): string => type.toLowerCase().replace(/[^a-z]/g, '');

/** A new event destination begins with a plain text, which is no event: who reads the topic has to bear it. */
function announceDestinations(
  store: SinkStore,
  sets: NonNullable<SinkOptions['configurationSets']>,
  now: number,
): void {
  const body = 'Successfully validated SNS topic for Amazon SES event publishing.';
  for (const [name, { eventTopicArn }] of Object.entries(sets)) {
    if (eventTopicArn === undefined) continue;
    const event = { type: 'Validation', topicArn: eventTopicArn, body, dueAt: now, reversed: false };
    store.addDestination(`${name} ${eventTopicArn}`, event);
  }
}

/** When an event leaves; `null` if it is withheld. */
function dueAt({ delayMs = 0, withhold, reorder }: EventSetting, at: number): number | null {
  if (withhold) return null;
  const due = at + delayMs;
  if (!reorder) return due;
  // Mirrored at the end of its window: what comes last in the window leaves first.
  const windowEnd = (Math.floor(due / reorderWindowMs) + 1) * reorderWindowMs;
  return windowEnd + (windowEnd - due);
}
