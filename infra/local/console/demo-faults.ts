import { isDeepStrictEqual } from 'node:util';
import type { FaultRule, FaultRules } from '../gateway/faults.ts';
import type { SinkControls, SinkSettings } from '../sink/settings.ts';

/** What goes wrong while a fault is on: calls of functions, and the behaviour of the providers. */
type DemoFault = { rules: readonly FaultRule[]; providers: SinkSettings };

/** The events of the provider come seconds later, so that a person can see what waits for them. AWS's may take minutes. */
const LATE_EVENTS: SinkSettings = { events: { Send: { delayMs: 4000 }, Delivery: { delayMs: 5000 } } };

const SES = { service: 'sesv2', operation: 'SendEmail' } as const;
const EMAIL = { function: 'send-email', ...SES } as const;
/** On stage `local`, text messages are sent through SNS. */
const SMS = { function: 'send-sms', service: 'sns', operation: 'Publish' } as const;
const TOPIC = { function: 'relay-outbox', service: 'sns', operation: 'PublishBatch' } as const;

/** The faults that the page "Try it" offers, in their order there. The page explains each. */
const DEMO_FAULTS = {
  'answer-lost': {
    rules: [
      { ...EMAIL, fault: 'lose-response' },
      { ...SMS, fault: 'lose-response' },
    ],
    providers: LATE_EVENTS,
  },
  'sender-dies': { rules: [{ ...EMAIL, fault: 'kill-after' }], providers: LATE_EVENTS },
  'provider-down': {
    rules: [
      { ...EMAIL, fault: 'refuse' },
      { ...SMS, fault: 'refuse' },
    ],
    providers: {},
  },
  'topic-refuses': { rules: [{ ...TOPIC, fault: 'error' }], providers: {} },
  'account-paused': { rules: [], providers: { refusing: { email: 'paused' } } },
} as const satisfies Record<string, DemoFault>;

type DemoFaultName = keyof typeof DEMO_FAULTS;
export const DEMO_FAULT_NAMES = Object.keys(DEMO_FAULTS);

/** A person forgets to switch a fault off, so it ends by itself. */
const ENDS_AFTER_MS = 60_000;

/**
 * `on`: the fault that the page switched on. `foreign`: a script injects faults or changes the providers through the
 * control API.
 */
export type DemoFaultState = { on?: { name: string; hits: number; endsAt: string }; foreign: boolean };

export type DemoFaults = ReturnType<typeof createDemoFaults>;

/**
 * Switches the faults of the page on and off, one at a time. Like `PUT /faults` and `PUT /sink`, a fault replaces all rules
 * and settings.
 */
export function createDemoFaults({ rules, providers }: { rules: FaultRules; providers: SinkControls }) {
  let on: { name: DemoFaultName; endsAt: number; timer: NodeJS.Timeout } | undefined;
  const forget = (): void => {
    clearTimeout(on?.timer);
    on = undefined;
  };
  /** A script may have replaced the rules or the settings since then. They are its own now. */
  const isStillOn = (name: DemoFaultName): boolean => {
    const current = rules.list().map(({ hits: _hits, ...rule }) => rule);
    const { rules: ours, providers: settings } = DEMO_FAULTS[name];
    return isDeepStrictEqual(current, [...ours]) && isDeepStrictEqual(providers.settings(), settings);
  };
  const switchOff = (): void => {
    if (!on) return;
    const isOurs = isStillOn(on.name);
    forget();
    if (!isOurs) return;
    rules.clear();
    providers.replace({});
  };
  return {
    names: DEMO_FAULT_NAMES,
    state(): DemoFaultState {
      if (on && !isStillOn(on.name)) forget();
      const current = rules.list();
      if (!on) return { foreign: current.length > 0 || Object.keys(providers.settings()).length > 0 };
      const hits = current.reduce((sum, rule) => sum + rule.hits, 0);
      return { on: { name: on.name, hits, endsAt: new Date(on.endsAt).toISOString() }, foreign: false };
    },
    /** @returns false if there is no such fault. */
    switchOn(name: string): boolean {
      if (!isDemoFault(name)) return false;
      forget();
      const { rules: next, providers: settings } = DEMO_FAULTS[name];
      rules.replace([...next], 0);
      providers.replace(settings);
      on = { name, endsAt: Date.now() + ENDS_AFTER_MS, timer: setTimeout(switchOff, ENDS_AFTER_MS).unref() };
      return true;
    },
    switchOff,
    close: forget,
  };
}

const isDemoFault = (name: string): name is DemoFaultName => Object.hasOwn(DEMO_FAULTS, name);
