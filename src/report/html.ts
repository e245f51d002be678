/** HTML by template: every value is escaped unless it was made by this module. */

/** Text that is already HTML. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

type Value = Html | string | number | null | undefined | false | readonly Value[];

/** A template whose values are escaped: strings and numbers as text, lists joined, nothing for `null` and `false`. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(strings.reduce((text, part, i) => text + part + (i < values.length ? render(values[i]) : ''), ''));
}

/** Text that is HTML by construction and must not be escaped. */
export const raw = (text: string): Html => new Html(text);

function render(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(render).join('');
  return escapeText(String(value));
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe inside elements and quoted attributes. */
export const escapeText = (text: string): string => text.replace(/[&<>"']/g, (c) => entities[c]!);

/** A value as JSON that may stand inside a `<script>` element: nothing in it can end the element. */
export const scriptJson = (value: unknown): Html =>
  raw(
    JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
