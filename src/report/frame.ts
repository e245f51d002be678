/** The frame of every page that this package writes: head, style, and what the page may load and run. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Html, html, raw } from './html.js';

export interface PageParts {
  title: string;
  body: Html;
  /** The language of its words, as HTML names it. Default `en`. */
  lang?: string;
  /** Whether it has a slider. Its script is the page's only one, which the policy knows by its hash: no other one runs. */
  player?: boolean;
  /** Added to the style of all pages. */
  style?: string;
  /** Where pictures come from, in the words of a content security policy. Default: only from within the page. */
  pictures?: string;
}

/** A file of the bundle that `npm run build:ts` makes of `page/`. */
function bundled(name: string): string {
  const text = texts.get(name) ?? readFileSync(new URL(`../../dist/report/page/${name}`, import.meta.url), 'utf8');
  texts.set(name, text);
  return text;
}
const texts = new Map<string, string>();

/** A script's text in the words of a content security policy. */
const hashOf = (script: string): string => `sha256-${createHash('sha256').update(script).digest('base64')}`;

/** A whole HTML page that asks nothing of the network. */
export function framed({
  title,
  body,
  lang = 'en',
  player = false,
  style = '',
  pictures = 'data:',
}: PageParts): string {
  const script = player ? bundled('player.js') : undefined;
  const policy = [
    "default-src 'none'",
    `img-src ${pictures}`,
    "style-src 'unsafe-inline'",
    ...(script === undefined ? [] : [`script-src '${hashOf(script)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<title>${title} · fprinciple</title>
<style>${raw(bundled('style.css') + (player ? bundled('player.css') : '') + style)}</style>
</head>
<body>
${body}
${script !== undefined && html`<script>${raw(script)}</script>`}
</body>
</html>
`.text;
}
