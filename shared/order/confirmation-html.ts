/**
 * Mail clients support the HTML of the year 2000: tables for layout and inline styles. The style sheet is an extra for
 * clients that read it: dark colours and the narrow screen. Text and background colours are always set in pairs, so
 * that the mail stays legible in a client that inverts colours.
 * The template is for Eta. Only `<%= %>` prints, and it escapes.
 */
export const CONFIRMATION_HTML = `<!DOCTYPE html>
<html lang="<%= it.language %>" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title><%= it.subject %></title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 620px) {
  .card { width: 100% !important; }
  .inset { padding-left: 20px !important; padding-right: 20px !important; }
}
@media (prefers-color-scheme: dark) {
  .ground { background-color: #16181c !important; }
  .card { background-color: #1f2227 !important; border-color: #343840 !important; }
  .ink { color: #eceef1 !important; }
  .quiet { color: #a4abb6 !important; }
  .rule { border-color: #343840 !important; }
}
</style>
</head>
<body class="ground" style="margin:0; padding:0; background-color:#f3f4f6; -webkit-text-size-adjust:100%;">
<div style="display:none; max-height:0; overflow:hidden; mso-hide:all;"><%= it.total %> &middot; <%= it.orderId %></div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f6;">
<tr><td align="center" style="padding:32px 12px;">
<table role="presentation" class="card" width="600" cellpadding="0" cellspacing="0" border="0" style="width:600px; max-width:600px; background-color:#ffffff; border:1px solid #e2e5e9; border-radius:8px; font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;">
<tr><td class="inset ink" style="padding:32px 40px 0; font-size:22px; line-height:30px; font-weight:600; color:#1b1f24;"><%= it.words.heading %></td></tr>
<tr><td class="inset ink" dir="auto" style="padding:20px 40px 0; font-size:16px; line-height:24px; color:#1b1f24; word-break:break-word;"><%= it.greeting %></td></tr>
<tr><td class="inset ink" style="padding:4px 40px 0; font-size:16px; line-height:24px; color:#1b1f24;"><%= it.words.introduction %></td></tr>
<tr><td class="inset" style="padding:20px 40px 0;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr>
<td class="quiet" width="88" style="padding:2px 12px 2px 0; font-size:14px; line-height:20px; color:#5d6673;"><%= it.words.order %></td>
<td class="ink" style="padding:2px 0; font-size:14px; line-height:20px; color:#1b1f24; font-family:ui-monospace,Menlo,Consolas,monospace; word-break:break-all;"><%= it.orderId %></td>
</tr>
<tr>
<td class="quiet" width="88" style="padding:2px 12px 2px 0; font-size:14px; line-height:20px; color:#5d6673;"><%= it.words.placed %></td>
<td class="ink" style="padding:2px 0; font-size:14px; line-height:20px; color:#1b1f24;"><%= it.placedAt %></td>
</tr>
</table>
</td></tr>
<tr><td class="inset" style="padding:20px 40px 0;">
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;">
<% if (it.lines.length === 0) { %>
<tr><td class="ink rule" style="padding:14px 0; border-top:1px solid #e2e5e9; font-size:15px; line-height:22px; color:#1b1f24;"><%= it.words.noLines %></td></tr>
<% } else { %>
<tr>
<th class="quiet" align="left" scope="col" style="padding:0 12px 8px 0; font-size:13px; line-height:18px; font-weight:normal; color:#5d6673;"><%= it.words.item %></th>
<th class="quiet" align="right" scope="col" style="padding:0 0 8px 12px; font-size:13px; line-height:18px; font-weight:normal; color:#5d6673;"><%= it.words.amount %></th>
</tr>
<% for (const line of it.lines) { %>
<tr>
<td class="ink rule" align="left" valign="top" style="padding:12px 12px 12px 0; border-top:1px solid #e2e5e9; font-size:15px; line-height:22px; color:#1b1f24; word-break:break-word;"><span dir="auto"><%= line.description %></span><br><span class="quiet" style="font-size:13px; line-height:18px; color:#5d6673;"><%= line.quantity %> &times; <%= line.unitPrice %></span></td>
<td class="ink rule" align="right" valign="top" style="padding:12px 0 12px 12px; border-top:1px solid #e2e5e9; font-size:15px; line-height:22px; color:#1b1f24; white-space:nowrap;"><%= line.amount %></td>
</tr>
<% } %>
<% } %>
<tr>
<td class="ink rule" colspan="2" align="right" style="padding:14px 0 0; border-top:2px solid #c9ced6; font-size:17px; line-height:24px; font-weight:600; color:#1b1f24; white-space:nowrap;"><%= it.words.total %>&nbsp; <%= it.total %></td>
</tr>
</table>
</td></tr>
<tr><td class="inset quiet" style="padding:28px 40px 32px; font-size:13px; line-height:19px; color:#5d6673;"><%= it.words.footer %></td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
