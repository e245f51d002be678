/**
 * Whether an SVG is a picture and nothing else. One that is opened by itself may run script and fetch what it likes, so that
 * only what the figures of this package are made of is let through.
 */

const elements = new Set([
  ...['svg', 'g', 'defs', 'clipPath', 'mask', 'linearGradient', 'radialGradient', 'stop', 'pattern', 'marker'],
  ...['path', 'rect', 'line', 'circle', 'ellipse', 'polygon', 'polyline', 'text', 'tspan', 'image', 'title', 'desc'],
]);

const namespaces: Record<string, string> = {
  xmlns: 'http://www.w3.org/2000/svg',
  'xmlns:xlink': 'http://www.w3.org/1999/xlink',
};

/** The XML declaration and doctype that may stand before the picture; no entities of its own. */
const prologue = /^\s*(?:<\?xml\s[^<>?]*\?>\s*)?(?:<!DOCTYPE svg PUBLIC "[^"<>[\]]*" "[^"<>[\]]*">\s*)?/;
const text = /[^<]*/y;
const tag = /<(\/?)([A-Za-z]+)((?:\s+[\w:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*\/?>/y;
const attribute = /([\w:-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

/** What of an SVG is not let through, in words; `undefined` for a plain picture. */
export function refusedIn(svg: string): string | undefined {
  let at = prologue.exec(svg)?.[0].length ?? 0;
  while (at < svg.length) {
    text.lastIndex = at;
    text.test(svg);
    at = text.lastIndex;
    if (at === svg.length) break;
    tag.lastIndex = at;
    const found = tag.exec(svg);
    if (!found) return `expected a plain SVG, got ${JSON.stringify(svg.slice(at, at + 30))}`;
    const [, , name = '', attributes = ''] = found;
    if (!elements.has(name)) return `expected a plain SVG, got the element <${name}>`;
    for (const [, key = '', double, single] of attributes.matchAll(attribute)) {
      const why = refusedAttribute(key, double ?? single ?? '');
      if (why !== undefined) return `expected a plain SVG, got ${why} on <${name}>`;
    }
    at = tag.lastIndex;
  }
  return undefined;
}

function refusedAttribute(name: string, value: string): string | undefined {
  const key = name.toLowerCase();
  if (key.startsWith('on')) return `the handler ${name}`;
  if (key.startsWith('xmlns')) return namespaces[key] === value ? undefined : `the namespace ${JSON.stringify(value)}`;
  if (key === 'href' || key === 'xlink:href' || key === 'src') {
    return /^(#|data:image\/)/.test(value) ? undefined : `the link ${JSON.stringify(value.slice(0, 40))}`;
  }
  // References inside the picture are url(#id); styles and presentation attributes may hold no others.
  const outside = /url\(\s*(?!['"]?(?:#|&quot;#))|&#|@import|expression\(|\\/i.exec(value);
  return outside && presentation(key) ? `a reference to ${JSON.stringify(value.slice(0, 40))}` : undefined;
}

/** Attributes that hold words for a reader, in which anything may stand. */
const presentation = (key: string): boolean => !key.startsWith('aria-') && key !== 'role' && key !== 'class';
