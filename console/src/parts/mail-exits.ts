/** What a mail could lead its frame elsewhere with, or load. */
const EXITS = 'link, meta, base, script, iframe, object, embed';

/** The HTML without everything that navigates. A click on a link would replace the mail that the frame shows. */
export function withoutExits(html: string): string {
  const mail = new DOMParser().parseFromString(html, 'text/html');
  for (const exit of mail.querySelectorAll(EXITS)) exit.remove();
  for (const link of mail.querySelectorAll('a, area'))
    for (const name of ['href', 'xlink:href', 'ping', 'target']) link.removeAttribute(name);
  return mail.documentElement.getHTML();
}
