/** The frame of every page that this package writes: head, style, and what the page may load and run. */
import { createHash } from 'node:crypto';
import { type Html, html, raw } from './html.js';
import { pageStyle } from './style.js';

export interface PageParts {
  title: string;
  body: Html;
  /** Its only script, which the page's policy knows by its hash: no other one runs, wherever it comes from. */
  script?: string;
  /** Added to the style of all pages. */
  style?: string;
  /** Where pictures come from, in the words of a content security policy. Default: only from within the page. */
  pictures?: string;
}

/** A script's text in the words of a content security policy. */
const hashOf = (script: string): string => `sha256-${createHash('sha256').update(script).digest('base64')}`;

/** A whole HTML page that asks nothing of the network. */
export function framed({ title, body, script, style = '', pictures = 'data:' }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `img-src ${pictures}`,
    "style-src 'unsafe-inline'",
    ...(script === undefined ? [] : [`script-src '${hashOf(script)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<title>${title} · fprinciple</title>
<style>${raw(pageStyle + style)}</style>
</head>
<body>
${body}
${script !== undefined && html`<script>${raw(script)}</script>`}
</body>
</html>
`.text;
}
