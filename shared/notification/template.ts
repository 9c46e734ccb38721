import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { Channel } from '#shared/names.ts';
import type { Rendered, Renderer, RequestedContent, TemplatedContent } from './content.ts';
import type { Customisation } from './settings/limits.ts';
import type { Values } from './settings/placeholders.ts';
import type { TenantSettings } from './settings/settings.ts';

/** A text of ours that data fills. The concept that requests the message owns the template. */
export type Template<Data> = AnyTemplate & {
  /** The stored data has the template's type, because only `contentFrom` writes contents of its name. */
  fillingOf: (content: Filling<unknown>) => Filling<Data>;
};

/** A template as far as it does not depend on the type of its data: what a tenant may build its own text from. */
export type AnyTemplate = {
  /** It is stored with every content that is made from the template, so it never changes. */
  name: string;
  /** Names of figures and codes of ours. */
  figures: readonly string[];
  /** Names of texts that people have typed. Subjects do not contain them, so that no one sends words of their choice. */
  typed: readonly string[];
  /** Texts like `typed`, for which a text message has no data. */
  emailOnly: readonly string[];
  /** What the names stand for on this channel, formatted. */
  valuesFor: (content: Filling<unknown>, channel: Channel) => Values;
  /** Data for previews and for the size of a text. */
  sample: unknown;
};

/** How a placeholder is written, in a text for this channel. */
type Field<Data> = (filling: Filling<Data>, channel: Channel) => string;
type FieldsOf<Data> = Readonly<Record<string, Field<Data>>>;

/** What a template offers to a tenant's own text: see `AnyTemplate`. */
export type Fields<Data> = {
  figures: FieldsOf<Data>;
  typed?: FieldsOf<Data>;
  emailOnly?: FieldsOf<Data>;
  sample: Data;
};

/** The template of this name, for data of this type. */
export function templateOf<Data>(name: string, fieldsOf: Fields<Data>): Template<Data> {
  const { figures, typed = {}, emailOnly = {}, sample } = fieldsOf;
  const fillingOf = (content: Filling<unknown>) => content as Filling<Data>;
  const fieldsOn = (channel: Channel) =>
    Object.entries({ ...figures, ...typed, ...(channel === 'email' ? emailOnly : {}) });
  return {
    name,
    figures: Object.keys(figures),
    typed: Object.keys(typed),
    emailOnly: Object.keys(emailOnly),
    sample,
    fillingOf,
    valuesFor: (content, channel) =>
      Object.fromEntries(fieldsOn(channel).map(([field, write]) => [field, write(fillingOf(content), channel)])),
  };
}

/** What fills a template. `locale` (BCP 47) decides the language, and the format of figures and times. */
export type Filling<Data> = { locale: string; data: Data };

/** A recipient without a locale gets the tenant's default locale. */
type Given<Data> = { locale?: string | undefined; data: Data };

/** The content of a notification that is made from a template. */
export function contentFrom<Data>(
  template: Template<Data>,
  recipients: readonly string[],
  filling: Filling<Data>,
): TemplatedContent;
export function contentFrom<Data>(
  template: Template<Data>,
  recipients: readonly string[],
  filling: Given<Data>,
): RequestedContent;
export function contentFrom<Data>(
  { name }: Template<Data>,
  recipients: readonly string[],
  { locale, data }: Given<Data>,
): RequestedContent {
  return { recipients, ...(locale !== undefined && { locale }), template: name, data };
}

/** A template with the code that renders it for one channel. */
export type ChannelTemplate<Text extends Rendered = Rendered> = {
  template: AnyTemplate;
  render: (content: Filling<unknown>) => Text;
};

/** Registers how one channel renders a template. */
export const renderedWith = <Data, Text extends Rendered>(
  template: Template<Data>,
  render: (filling: Filling<Data>) => Text,
): ChannelTemplate<Text> => ({ template, render: (content) => render(template.fillingOf(content)) });

/** Our own rendering as a tenant has set it. */
type Customise<Text extends Rendered> = (own: Text, of: Customisation, settings: TenantSettings) => Text;

/** For a channel without templates. */
export const noTemplates: Renderer = () => {
  throw new NewerVersion('The content is for a template that this release does not have.');
};

/**
 * The renderer of one channel.
 * @param registered the lists of templates, one list for each concept.
 * @returns a renderer that throws NewerVersion for a template that this release does not have: a newer release
 *   requested the message, and will send it.
 */
export function rendererOf<Text extends Rendered>(
  customise: Customise<Text>,
  ...registered: (readonly ChannelTemplate<Text>[])[]
): Renderer {
  const templates = new Map(registered.flat().map((one) => [one.template.name, one]));
  return (content, settings) => {
    const known = templates.get(content.template);
    if (!known) throw new NewerVersion('The content is for a template that this release does not have.');
    const own = known.render(content);
    const { template, locale } = content;
    const valuesFor = (channel: Channel): Values => known.template.valuesFor(content, channel);
    return settings ? customise(own, { template, locale, valuesFor }, settings) : own;
  };
}
