/** What is to be learnt: chosen, typed, drawn, or of a file of one's own. */
import { signal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { grid, ink, isDark } from '../../page/theme.js';
import { DRAWN_POINTS, type Target } from '../state.js';
import { CheckField, ChoiceField, Group, NumberField, SliderField, TextField } from './fields.js';
import { targetOf } from './files.js';
import { change, engineKind, failure, isPicture, scene, state } from './store.js';
import { colorOf } from './theme.js';
import { words } from './words.js';

/** Formulas to begin with. */
const chosen = (): [formula: string, name: string][] => Object.entries(words.value.studio.target.names);

const drawing = signal<number[] | undefined>(undefined);

export function TargetGroup() {
  const { target, samples, task } = state.value;
  const formula = target.kind === 'formula' ? target.text : '';
  const said = words.value.studio.target;
  const kinds = [...chosen(), ['', target.kind === 'formula' ? said.mine : said.other]] as const;
  return (
    <Group title={said.group}>
      <ChoiceField
        label={said.function}
        value={chosen().some(([text]) => text === formula) ? formula : ''}
        choices={kinds}
        set={(text) => text && change({ target: { kind: 'formula', text } })}
      />
      <TextField
        label={said.formula}
        value={formula}
        pattern={/\S/}
        hint={said.formulaHint}
        set={(text) => change({ target: { kind: 'formula', text } })}
      />
      <Sketch target={target} />
      <OwnFile />
      {!isPicture.value && (
        <>
          <NumberField
            label={said.samples}
            value={samples.count}
            min={2}
            max={4096}
            step={1}
            set={(count) => change({ samples: { ...samples, count } })}
          />
          <ChoiceField
            label={said.spacing}
            value={samples.spacing}
            choices={[
              ['even', said.even],
              ['random', said.random],
            ]}
            set={(spacing) => change({ samples: { ...samples, spacing } })}
          />
        </>
      )}
      <SliderField
        label={said.noise}
        value={samples.noise}
        min={0}
        max={1}
        step={0.05}
        set={(noise) => change({ samples: { ...samples, noise } })}
      />
      {!isPicture.value && (
        <CheckField
          label={said.poisson}
          checked={task === 'poisson'}
          set={(checked) => change({ task: checked ? 'poisson' : 'fit' })}
        />
      )}
    </Group>
  );
}

function OwnFile() {
  const input = useRef<HTMLInputElement>(null);
  const read = async () => {
    const file = input.current?.files?.[0];
    if (!file) return;
    try {
      change({ target: await targetOf(file) });
    } catch (error) {
      failure.value = (error as Error).message;
    }
  };
  return (
    <div class="field">
      <label for="own-file">{words.value.studio.target.own}</label>
      <input
        id="own-file"
        ref={input}
        type="file"
        accept="image/*,.csv,.txt,.tsv,.wav,audio/*"
        onChange={() => void read()}
      />
      {engineKind.value === 'playground' && <small class="soft">{words.value.studio.target.ownHint}</small>}
    </div>
  );
}

/** A small canvas on which a function is drawn, with the pointer or by keyboard: left and right choose a point, up and down move it. */
function Sketch({ target }: { target: Target }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useRef(0);
  const values = (): number[] => {
    if (drawing.value) return drawing.value;
    if (target.kind === 'drawn') return target.values;
    const clean = scene.value?.clean.data;
    if (clean?.length !== 256) return new Array<number>(DRAWN_POINTS).fill(0);
    return Array.from({ length: DRAWN_POINTS }, (_, i) => clean[(i * clean.length) / DRAWN_POINTS]!);
  };
  useSignalEffect(() => {
    drawing.value;
    scene.value;
    isDark.value;
    state.value;
    if (canvas.current)
      sketch(
        canvas.current,
        values(),
        document.activeElement === canvas.current.parentElement ? cursor.current : undefined,
      );
  });
  const keep = () => {
    if (!drawing.value) return;
    const drawn = drawing.value.map((value) => Number(value.toFixed(3)));
    drawing.value = undefined;
    change({ target: { kind: 'drawn', values: drawn } });
  };
  const draw = (event: PointerEvent, from?: number) => {
    const box = canvas.current!.getBoundingClientRect();
    const at = Math.min(
      DRAWN_POINTS - 1,
      Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * DRAWN_POINTS)),
    );
    const value = Math.min(2, Math.max(-2, 2 - (4 * (event.clientY - box.top)) / box.height));
    const next = [...values()];
    const start = from ?? at;
    // A quick stroke leaves out points: they lie on its way.
    for (let i = Math.min(start, at); i <= Math.max(start, at); i++) {
      const part = start === at ? 1 : (i - start) / (at - start);
      next[i] = from === undefined ? value : next[start]! + part * (value - next[start]!);
    }
    drawing.value = next;
    cursor.current = at;
  };
  const key = (event: KeyboardEvent) => {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 0.1],
      ArrowDown: [0, -0.1],
    };
    const move = moves[event.key];
    if (event.key === 'Enter') keep();
    if (!move) return;
    event.preventDefault();
    cursor.current = (cursor.current + move[0] + DRAWN_POINTS) % DRAWN_POINTS;
    const next = [...values()];
    next[cursor.current] = Math.min(2, Math.max(-2, next[cursor.current]! + move[1]));
    drawing.value = next;
  };
  return (
    <div class="field">
      <span id="sketch-label">{words.value.studio.target.draw}</span>
      <div
        class="sketch"
        tabIndex={0}
        role="slider"
        aria-labelledby="sketch-label"
        aria-description={words.value.studio.target.drawHint}
        aria-valuemin={-2}
        aria-valuemax={2}
        aria-valuenow={Number((values()[cursor.current] ?? 0).toFixed(2))}
        onPointerDown={(event) => {
          canvas.current!.setPointerCapture(event.pointerId);
          draw(event);
        }}
        onPointerMove={(event) => event.buttons === 1 && draw(event, cursor.current)}
        onPointerUp={keep}
        onBlur={keep}
        onKeyDown={key}
      >
        <canvas ref={canvas} />
      </div>
    </div>
  );
}

function sketch(canvas: HTMLCanvasElement, values: number[], cursor: number | undefined): void {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.strokeStyle = grid();
  context.beginPath();
  context.moveTo(0, height / 2);
  context.lineTo(width, height / 2);
  context.stroke();
  const x = (i: number) => ((i + 0.5) / DRAWN_POINTS) * width;
  const y = (value: number) => ((2 - value) / 4) * height;
  context.strokeStyle = ink();
  context.lineWidth = 2;
  context.beginPath();
  for (const [i, value] of values.entries()) context.lineTo(x(i), y(value));
  context.stroke();
  if (cursor === undefined) return;
  context.fillStyle = colorOf('a');
  context.beginPath();
  context.arc(x(cursor), y(values[cursor]!), 5, 0, 2 * Math.PI);
  context.fill();
}
