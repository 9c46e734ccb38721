import { NewerVersion } from '#shared/messaging/newer-version.ts';
import type { Rendered, Renderer, RequestedContent, TemplatedContent } from './content.ts';

/** A text of ours that data fills. The concept that requests the message owns the template. */
export type Template<Data> = {
  /** It is stored with every content that is made from the template, so it never changes. */
  name: string;
  /** Never present. It ties the template to the type of its data. */
  data?: Data;
};

/** The template of this name, for data of this type. */
export const templateOf = <Data>(name: string): Template<Data> => ({ name });

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
export type ChannelTemplate = { name: string; render: Renderer };

/** Registers how one channel renders a template. */
export const renderedWith = <Data>(
  { name }: Template<Data>,
  render: (filling: Filling<Data>) => Rendered,
): ChannelTemplate => ({
  name,
  // Only `contentFrom` writes contents of this name, so the stored data has the template's type.
  render: (content) => render(content as Filling<Data>),
});

/**
 * The renderer of one channel.
 * @param registered the lists of templates, one list for each concept.
 * @returns a renderer that throws NewerVersion for a template that this release does not have: a newer release
 *   requested the message, and will send it.
 */
export function rendererOf(...registered: (readonly ChannelTemplate[])[]): Renderer {
  const templates = new Map(registered.flat().map(({ name, render }) => [name, render]));
  return (content) => {
    const render = templates.get(content.template);
    if (!render) throw new NewerVersion('The content is for a template that this release does not have.');
    return render(content);
  };
}
