/** Texts as LaTeX shows them. */

const COMMANDS: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '≈': '$\\approx$',
  '×': '$\\times$',
  '·': '$\\cdot$',
  '±': '$\\pm$',
  '−': '$-$',
  '∞': '$\\infty$',
  '→': '$\\to$',
  '‖': '$\\|$',
  '²': '$^2$',
  '³': '$^3$',
  π: '$\\pi$',
  σ: '$\\sigma$',
  ω: '$\\omega$',
  ξ: '$\\xi$',
  λ: '$\\lambda$',
  α: '$\\alpha$',
  β: '$\\beta$',
  γ: '$\\gamma$',
};

/** A text in which nothing is a command: signs that LaTeX keeps for itself are named, letters of formulas are set as such. */
export const latexText = (text: string): string =>
  text.replace(
    /[^\p{L}\p{N}\s]|[²³πσωξλαβγ]/gu,
    (sign) => COMMANDS[sign] ?? (/[&%$#_{}]/.test(sign) ? `\\${sign}` : sign),
  );
