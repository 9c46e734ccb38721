/**
 * The link to a page with these parameters. Parameters without a value are left out. Every view has a URL, so that it can be
 * shared. The link to a message is `linkTo('messages', { message: id })`.
 */
export function linkTo(page: string, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return `?${new URLSearchParams([['page', page], ...given])}`;
}
