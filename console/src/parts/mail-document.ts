/**
 * What the frame of an e-mail may do. The frame has no permission to run scripts either (`sandbox`), and inherits the
 * page’s policy. Styles in the mail are permitted, because mails have no other ones, and nothing can be loaded.
 */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

/**
 * The document that shows the HTML of an e-mail as the recipient saw it. The policy stands before everything that the
 * mail contains, so that no tag of the mail can come first.
 */
export const mailDocument = (html: string): string =>
  `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
  `<meta name="referrer" content="no-referrer"><style>:root{color-scheme:light;background:#fff}body{margin:16px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%}</style>${html}`;
