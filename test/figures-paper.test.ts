/** Figures at a size on paper, and what goes into LaTeX and Markdown. */
import { describe, expect, it } from 'vitest';
import { latexText } from '../src/figures/latex.js';
import { pgfPlot } from '../src/figures/pgfplots.js';
import { heatmapFigure, lineFigure, panelsFigure, renderPdf, renderPng, renderSized, renderSvg } from '../src/index.js';
import { claimsForPaper, tableForPaper } from '../src/report/paper.js';

const axes = { x: { title: 'step', log: true }, y: { title: 'relative error' } };
const lines = [
  { name: 'k = 1', x: [1, 10, 100], y: [1, 0.3, 0.01] },
  { name: 'k = 5', x: [1, 10, 100], y: [1, null, 0.2] },
];
const figure = lineFigure({ id: 'errors', title: 'Errors', caption: '', ...axes, lines });

/** Points of a PDF's page. */
const page = (pdf: Uint8Array): number[] =>
  (/MediaBox \[([^\]]*)\]/.exec(Buffer.from(pdf).toString('latin1'))?.[1] ?? '').split(' ').slice(2).map(Number);

/** Points of the letters of a text in an SVG that is `millimetres` wide. */
function lettersOf(svg: string, text: string, millimetres: number): number {
  const [, units] = /viewBox="0 0 ([\d.]+)/.exec(svg) ?? [];
  const [, size] = new RegExp(`font-size="([\\d.]+)px"[^>]*>${text}<`).exec(svg) ?? [];
  return (Number(size) * millimetres * 72) / 25.4 / Number(units);
}

describe('a figure at a size', () => {
  it('has that width, letters of that size and no title, whatever it is made of', async () => {
    const panels = panelsFigure({
      id: 'p',
      title: 'P',
      caption: '',
      panels: [1, 2].map((n) => ({ title: `${n}`, ...axes, lines })),
    });
    for (const [drawn, width, fontSize] of [
      [figure, 84, 8],
      [figure, 174, 10],
      [panels, 174, 7],
    ] as const) {
      const svg = await renderSized(drawn, { width, fontSize });
      expect(svg).toContain(`width="${width}mm"`);
      expect(svg).not.toContain(`>${drawn.title}<`);
      // Titles of axes are 13 where labels are 12.
      expect(Math.abs((lettersOf(svg, 'step', width) * 12) / 13 / fontSize - 1)).toBeLessThan(0.011);
      const [across = 0] = page(renderPdf(svg));
      expect(across).toBeCloseTo((width * 72) / 25.4, 2);
    }
    expect(await renderSized(figure, { width: 84, title: true })).toContain('>Errors<');
  });

  it('refuses letters without room, and what is no size', async () => {
    await expect(renderSized(figure, { width: 20, fontSize: 30 })).rejects.toThrow('letters of 30 points do not fit');
    await expect(renderSized(figure, { width: -1 })).rejects.toThrow('size.width: expected a number above 0');
    await expect(renderSized(figure, { width: 84, fontsize: 8 } as never)).rejects.toThrow('fontsize');
  });
});

describe('a PDF', () => {
  it('has its texts as texts', async () => {
    const svg = await renderSvg(figure);
    const pdf = renderPdf(svg);
    expect(Buffer.from(pdf).toString('latin1')).toMatch(/^%PDF-1\.7[\s\S]*DejaVuSans[\s\S]*%%EOF$/);
    expect(() => renderPdf('no drawing', 'figure f')).toThrow('figure f: expected an SVG');
  });

  it('reads no file that a drawing names, and neither does a PNG', () => {
    const svg = (href: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><image href="${href}" width="8" height="8"/></svg>`;
    expect(renderPng(svg(new URL('../docs/images/aliasing.png', import.meta.url).pathname))).toEqual(
      renderPng(svg('')),
    );
  });
});

describe('what goes into LaTeX and Markdown', () => {
  it('leaves nothing that is a command', () => {
    expect(latexText('50% of a_1 & {b} \\ x² ≤ 3')).toBe(
      '50\\% of a\\_1 \\& \\{b\\} \\textbackslash{} x$^2$ $\\leq$ 3',
    );
  });

  it('draws lines from a CSV, and nothing for what has none', () => {
    const plot = pgfPlot(figure, 'errors.csv', 84);
    expect(plot?.csv).toBe('line,x,y\n0,1,1\n0,10,0.3\n0,100,0.01\n1,1,1\n1,100,0.2\n');
    expect(plot?.tex).toContain('width=84mm, xlabel={step}, xmode=log, ylabel={relative error}');
    expect(plot?.tex.match(/\\addplot/g)).toHaveLength(2);
    expect(plot?.tex).toContain('\\addlegendentry{k = 5}');
    const values = { data: new Float64Array(4), shape: [2, 2] };
    const heat = { id: 'h', title: '', caption: '', values, color: { title: '', range: [0, 1] as const } };
    expect(
      pgfPlot(heatmapFigure({ ...heat, x: { title: 'x', at: [1, 2] }, y: { title: 'y', at: [1, 2] } }), 'h.csv', 84),
    ).toBeUndefined();
  });

  it('says of a claim and its control what was measured', () => {
    const { latex, markdown } = claimsForPaper({
      id: 'mine',
      claims: [
        {
          id: 'a',
          statement: 'low_first',
          source: 's',
          expected: { relation: 'at least', value: 0.5 },
          measured: [0.75],
          controls: [{ statement: 'the other way', measured: [0.25], holds: false, share: 0 }],
          pass: true,
          share: 1,
        } as never,
      ],
    });
    expect(latex).toContain('low\\_first & at least 0.5 & 0.75 & yes \\\\');
    expect(latex).toContain('control: the other way &  & 0.25 & no \\\\');
    expect(markdown).toContain('| low\\_first | at least 0.5 | 0.75 | yes |');
  });

  it('cuts a long table and says so', () => {
    const csv = `k,error\n${Array.from({ length: 9 }, (_, i) => `${i},0.123456`).join('\n')}\n`;
    const { latex, markdown } = tableForPaper('Errors', csv, 3);
    expect(latex).toContain('\\caption{Errors (the first 3 of 9 rows)}');
    expect(markdown.trim().split('\n')).toHaveLength(2 + 2 + 3);
    expect(markdown).toContain('| 2 | 0.1235 |');
  });
});
