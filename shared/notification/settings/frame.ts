import { escapedHtml } from './placeholders.ts';
import type { Brand } from './settings.ts';

/** The ink that is legible on a colour (`#rrggbb`), by its perceived brightness. */
function inkOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? '#1b1f24' : '#ffffff';
}

/** The brand above a mail: the logo or the name, on the colour. */
export function brandHeader({ name, color, logoUrl }: Brand): string {
  const ground = color === undefined ? '' : ` background-color:${color};`;
  const ink = color === undefined ? '#1b1f24' : inkOn(color);
  const text = escapedHtml(name ?? '');
  const shown =
    logoUrl === undefined
      ? text
      : `<img src="${escapedHtml(logoUrl)}" alt="${text}" height="40" style="display:block; height:40px; max-width:240px; border:0;">`;
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="width:100%;${ground}">
<tr><td align="center" style="padding:16px 12px;${ground} color:${ink}; font-size:18px; line-height:24px; font-weight:600; font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;">${shown}</td></tr>
</table>
`;
}

/** Whether there is something to show above a mail. A colour alone is shown as a bar. */
export const hasHeader = (brand: Brand | undefined): brand is Brand =>
  brand !== undefined && Object.values(brand).some((value) => value !== undefined);

/** The header in a mail of ours that has a layout of its own: before its first table, else where its body begins. */
export function withHeader(html: string, brand: Brand): string {
  const table = html.indexOf('<table ');
  const body = /<body[^>]*>/.exec(html);
  const afterBody = body ? body.index + body[0].length : 0;
  const at = table >= 0 ? table : afterBody;
  return `${html.slice(0, at)}${brandHeader(brand)}${html.slice(at)}`;
}

/** A whole mail around a fragment of HTML. @param language of the text, as a BCP 47 tag. */
export const framed = (
  fragment: string,
  { language, subject, brand }: { language: string; subject: string; brand: Brand | undefined },
): string => `<!DOCTYPE html>
<html lang="${escapedHtml(language)}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapedHtml(subject)}</title>
</head>
<body style="margin:0; padding:0; background-color:#f3f4f6;">
${hasHeader(brand) ? brandHeader(brand) : ''}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f6;">
<tr><td align="center" style="padding:32px 12px;">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:600px; max-width:100%; background-color:#ffffff; border:1px solid #e2e5e9; border-radius:8px;">
<tr><td dir="auto" style="padding:32px 40px; font-size:16px; line-height:24px; color:#1b1f24; word-break:break-word; font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;">
${fragment}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
