/**
 * The page's script: the slider that moves every panel of a run to one recorded step.
 *
 * It stands in the page as it is here. Charts keep their axes while the slider moves, so that a curve is seen to move
 * and not its scale. Series are told apart by colour and dashes; a fixed series (the target) is black.
 */
export const pageScript = `
'use strict';
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const COLORS = ['#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];
  const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 2 1 2'];
  const W = 420, H = 270, L = 62, R = 12, T = 10, B = 46;
  const node = (name, attributes, text) => {
    const element = document.createElementNS(SVG, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const show = (v) => {
    if (v === 0) return '0';
    const a = Math.abs(v);
    return a >= 1e6 || a < 1e-3 ? v.toExponential(0).replace('e+', 'e') : String(Number(v.toPrecision(4)));
  };
  const extent = (values, log) => {
    let low = Infinity, high = -Infinity;
    for (const v of values) if (v !== null && (!log || v > 0)) { low = Math.min(low, v); high = Math.max(high, v); }
    if (!(low <= high)) return log ? [0.1, 1] : [0, 1];
    if (low === high) return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
    return [low, high];
  };
  const scale = ([low, high], from, to, log) => {
    const f = log ? Math.log10 : (v) => v;
    const a = f(low), b = f(high);
    return (v) => from + ((f(v) - a) / (b - a)) * (to - from);
  };
  const ticks = ([low, high], log) => {
    const out = [];
    if (log) {
      const a = Math.ceil(Math.log10(low) - 1e-9), b = Math.floor(Math.log10(high) + 1e-9);
      const every = Math.max(1, Math.ceil((b - a) / 5));
      for (let e = a; e <= b; e += every) out.push(Math.pow(10, e));
      return out.length >= 2 ? out : [low, high];
    }
    const rough = (high - low) / 5, power = Math.pow(10, Math.floor(Math.log10(rough)));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-9; t += step) out.push(Math.abs(t) < step / 1e6 ? 0 : t);
    return out;
  };
  const series = (panel) => {
    let moving = 0;
    return panel.series.map((s) => {
      if (s.y.length === 1) return { ...s, color: '#000000', dash: panel.points ? '' : '3 3', width: 1.6 };
      const look = { color: COLORS[moving % 6], dash: DASHES[moving % 6], width: 2.2 };
      moving++;
      return { ...s, ...look };
    });
  };
  const curve = (panel, host) => {
    const all = series(panel);
    const xs = extent(panel.x, panel.logX);
    let ys = extent(all.flatMap((s) => s.y.flat()), panel.logY);
    if (!panel.logY) { const pad = (ys[1] - ys[0]) * 0.04; ys = [ys[0] - pad, ys[1] + pad]; }
    const x = scale(xs, L, W - R, panel.logX), y = scale(ys, H - B, T, panel.logY);
    const svg = node('svg', { viewBox: '0 0 ' + W + ' ' + H, role: 'img', 'aria-label': panel.title + ': ' + panel.yLabel + ' against ' + panel.xLabel });
    const axis = { 'font-size': 12, fill: '#333333' };
    for (const t of ticks(xs, panel.logX)) {
      svg.append(node('line', { x1: x(t), x2: x(t), y1: T, y2: H - B, stroke: '#e6e6e6' }));
      svg.append(node('text', { ...axis, x: x(t), y: H - B + 16, 'text-anchor': 'middle' }, show(t)));
    }
    for (const t of ticks(ys, panel.logY)) {
      svg.append(node('line', { x1: L, x2: W - R, y1: y(t), y2: y(t), stroke: '#e6e6e6' }));
      svg.append(node('text', { ...axis, x: L - 6, y: y(t) + 4, 'text-anchor': 'end' }, show(t)));
    }
    svg.append(node('rect', { x: L, y: T, width: W - L - R, height: H - T - B, fill: 'none', stroke: '#999999' }));
    svg.append(node('text', { ...axis, 'font-size': 13, x: (L + W - R) / 2, y: H - 8, 'text-anchor': 'middle' }, panel.xLabel));
    svg.append(node('text', { ...axis, 'font-size': 13, transform: 'translate(14 ' + (T + H - B) / 2 + ') rotate(-90)', 'text-anchor': 'middle' }, panel.yLabel));
    const marks = all.map((s) => {
      const mark = node('path', panel.points
        ? { fill: s.y.length === 1 ? 'none' : s.color, stroke: s.color, 'stroke-width': 1.5 }
        : { fill: 'none', stroke: s.color, 'stroke-width': s.width, 'stroke-dasharray': s.dash, 'stroke-linejoin': 'round' });
      svg.append(mark);
      return mark;
    });
    const path = (values) => {
      let d = '', pen = false;
      values.forEach((v, i) => {
        const u = panel.x[i];
        const off = v === null || u === null || (panel.logY && v <= 0) || (panel.logX && u <= 0);
        if (off) { pen = false; return; }
        const px = x(u).toFixed(1), py = y(v).toFixed(1);
        if (panel.points) d += 'M' + (px - 4) + ' ' + py + 'a4 4 0 1 0 8 0a4 4 0 1 0 -8 0';
        else { d += (pen ? 'L' : 'M') + px + ' ' + py; pen = true; }
      });
      return d;
    };
    const legend = document.createElement('div');
    legend.className = 'legend';
    for (const s of all) {
      const key = document.createElement('span');
      const sample = node('svg', { viewBox: '0 0 26 10', 'aria-hidden': 'true' });
      sample.append(panel.points
        ? node('circle', { cx: 13, cy: 5, r: 4, fill: s.y.length === 1 ? 'none' : s.color, stroke: s.color, 'stroke-width': 1.5 })
        : node('line', { x1: 0, x2: 26, y1: 5, y2: 5, stroke: s.color, 'stroke-width': s.width, 'stroke-dasharray': s.dash }));
      key.append(sample, document.createTextNode(s.name));
      legend.append(key);
    }
    host.append(svg, legend);
    return (r) => all.forEach((s, i) => { if (s.y.length > 1 || r === 0 || !marks[i].hasAttribute('d')) marks[i].setAttribute('d', path(s.y[Math.min(r, s.y.length - 1)])); });
  };
  const picture = (panel, host) => {
    const row = document.createElement('div');
    row.className = 'pictures';
    const add = (src, label) => {
      const box = document.createElement('div'), img = document.createElement('img');
      img.src = src; img.alt = panel.title + ', ' + label;
      box.append(img, document.createTextNode(label));
      row.append(box);
      return img;
    };
    const img = add(panel.frames[0], 'network');
    if (panel.target) add(panel.target, 'target');
    host.append(row);
    return (r) => { img.src = panel.frames[r]; };
  };
  for (const host of document.querySelectorAll('.playback')) {
    const data = JSON.parse(host.querySelector('script[type="application/json"]').textContent);
    const range = host.querySelector('input'), out = host.querySelector('output'), button = host.querySelector('button');
    const panels = host.querySelector('.panels');
    const updates = data.panels.map((panel) => {
      const box = document.createElement('div');
      box.className = 'panel';
      const title = document.createElement('h4');
      title.textContent = panel.title;
      box.append(title);
      panels.append(box);
      return panel.kind === 'curve' ? curve(panel, box) : picture(panel, box);
    });
    const move = () => {
      const r = Number(range.value);
      const loss = data.loss && data.loss[r] !== null ? ', loss ' + show(data.loss[r]) : '';
      const text = 'step ' + data.steps[r].toLocaleString('en-US') + loss;
      out.textContent = text;
      range.setAttribute('aria-valuetext', text);
      for (const update of updates) update(r);
    };
    range.max = data.steps.length - 1;
    range.value = 0;
    range.addEventListener('input', move);
    let timer = null;
    const stop = () => { clearInterval(timer); timer = null; button.textContent = 'Play'; };
    button.addEventListener('click', () => {
      if (timer) return stop();
      if (Number(range.value) >= data.steps.length - 1) range.value = 0;
      button.textContent = 'Pause';
      timer = setInterval(() => {
        if (Number(range.value) >= data.steps.length - 1) return stop();
        range.value = Number(range.value) + 1;
        move();
      }, Math.max(40, 6000 / data.steps.length));
    });
    move();
  }
})();
`;
