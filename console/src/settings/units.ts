import type { Override, Settings } from './catalogue.ts';

/**
 * The settings as the smallest units that two people can change without affecting each other: a value by its path, and an
 * own text as a whole, by what it is for.
 */
export type Units = ReadonlyMap<string, unknown>;

const GROUPS = ['events', 'sender', 'brand', 'fallback'] as const;

export function unitsOf(settings: Settings): Units {
  const units = new Map<string, unknown>();
  for (const group of GROUPS)
    for (const [name, value] of Object.entries(settings[group] ?? {}))
      if (value !== undefined) units.set(`${group}/${name}`, value);
  if (settings.defaultLocale !== undefined) units.set('defaultLocale', settings.defaultLocale);
  for (const one of settings.templates ?? []) units.set(`templates/${overrideId(one)}`, one);
  return units;
}

/** What an own text is for. The settings have one text for it. */
export const overrideId = ({ template, channel, locale }: Pick<Override, 'template' | 'channel' | 'locale'>): string =>
  `${template}/${channel}/${locale.toLowerCase()}`;

/** The keys of the units that differ. */
export function changesBetween(one: Settings, other: Settings): string[] {
  const [left, right] = [unitsOf(one), unitsOf(other)];
  return [...new Set([...left.keys(), ...right.keys()])].filter((key) => !isSame(left.get(key), right.get(key)));
}

/** The changes of two people to the same settings, together. Where both have changed a unit, mine counts. */
export function mergedSettings(base: Settings, mine: Settings, theirs: Settings): Settings {
  return cleaned({
    events: merged(base.events, mine.events, theirs.events),
    sender: merged(base.sender, mine.sender, theirs.sender),
    brand: merged(base.brand, mine.brand, theirs.brand),
    fallback: merged(base.fallback, mine.fallback, theirs.fallback),
    ...merged(localeOf(base), localeOf(mine), localeOf(theirs)),
    templates: Object.values(merged(overridesOf(base), overridesOf(mine), overridesOf(theirs))),
  });
}

const localeOf = ({ defaultLocale }: Settings): Pick<Settings, 'defaultLocale'> => ({
  ...(defaultLocale !== undefined && { defaultLocale }),
});

const overridesOf = ({ templates = [] }: Settings): Record<string, Override> =>
  Object.fromEntries(templates.map((one) => [overrideId(one), one]));

function merged<Group extends object>(
  base: Group | undefined,
  mine: Group | undefined,
  theirs: Group | undefined,
): Group {
  const [before, own] = [new Map(Object.entries(base ?? {})), new Map(Object.entries(mine ?? {}))];
  const both = Object.assign(Object.create(null), theirs);
  for (const key of new Set([...before.keys(), ...own.keys()]))
    if (!isSame(before.get(key), own.get(key))) both[key] = own.get(key);
  return withoutEmpty(both);
}

/**
 * The settings that a form with empty fields stands for. An own text stays even if it is empty, so that the index in a
 * fault is the index in the form.
 */
export function cleaned({ events, defaultLocale, sender, brand, templates, fallback }: Settings): Settings {
  return {
    ...(!isEmpty(events) && { events: withoutEmpty(events) }),
    ...(defaultLocale && { defaultLocale }),
    ...(!isEmpty(sender) && { sender: withoutEmpty(sender) }),
    ...(!isEmpty(brand) && { brand: withoutEmpty(brand) }),
    ...(templates?.length && { templates: templates.map(withoutEmpty) }),
    ...(!isEmpty(fallback) && { fallback: withoutEmpty(fallback) }),
  };
}

function withoutEmpty<Group extends object>(group: Group): Group {
  const copy = { ...group };
  for (const [name, value] of Object.entries(copy))
    if (value === '' || value === undefined) Reflect.deleteProperty(copy, name);
  return copy;
}

const isEmpty = (group: object | undefined): group is undefined =>
  group === undefined || Object.keys(withoutEmpty(group)).length === 0;

const isSame = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

/** Fields in the order of their names: another order is no difference. */
const canonical = (value: unknown): string | undefined =>
  JSON.stringify(value, (_name, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([left], [right]) => (left < right ? -1 : 1)))
      : one,
  );
