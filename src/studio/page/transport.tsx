/** The clock: play, pause, step, reset, speed, and a slider over what was recorded. */
import { useId } from 'preact/hooks';
import { brief } from '../../page/chart.js';
import {
  frame,
  histories,
  pause,
  place,
  play,
  reset,
  setSpeed,
  shown,
  sides,
  status,
  step,
  stepsPerSecond,
} from './store.js';

const SPEEDS = [
  [0, 'as fast as it can'],
  [10_000, '10,000 steps a second'],
  [1000, '1,000 steps a second'],
  [100, '100 steps a second'],
  [10, '10 steps a second'],
] as const;

export function Transport() {
  const id = useId();
  const { playing } = status.value;
  return (
    <section class="transport" aria-label="Training">
      <button type="button" class="main" id="play" onClick={playing ? pause : play}>
        {playing ? 'Pause' : 'Play'}
      </button>
      <button type="button" onClick={() => step(false)} disabled={status.value.done}>
        Step
      </button>
      <button
        type="button"
        onClick={() => step(true)}
        disabled={status.value.done}
        title="To the next step that is kept"
      >
        Next record
      </button>
      <button type="button" onClick={reset}>
        Reset
      </button>
      <label for={`${id}-speed`} class="hidden">
        Speed
      </label>
      <select
        id={`${id}-speed`}
        value={String(stepsPerSecond.value)}
        onChange={(event) => setSpeed(Number(event.currentTarget.value))}
      >
        {SPEEDS.map(([value, text]) => (
          <option key={value} value={String(value)}>
            {text}
          </option>
        ))}
      </select>
      <Time />
    </section>
  );
}

/** Apart from the buttons: it is drawn anew at every frame. */
function Time() {
  const id = useId();
  frame.value;
  const { kept } = histories.a;
  const now = shown('a');
  const at = place.value ?? kept.length - 1;
  const text = now ? `step ${now.step.toLocaleString('en')}` : 'opening';
  const losses = sides.value.map((side) => `loss ${brief(shown(side)?.loss ?? Number.NaN)}`).join(' | ');
  return (
    <span class="time">
      <label for={`${id}-time`} class="hidden">
        Time
      </label>
      <input
        id={`${id}-time`}
        type="range"
        min={0}
        max={Math.max(0, kept.length - 1)}
        value={at}
        aria-valuetext={text}
        onInput={(event) => {
          const chosen = Number(event.currentTarget.value);
          // At its right end the slider goes on with the training.
          place.value = chosen >= kept.length - 1 ? undefined : chosen;
        }}
      />
      <output for={`${id}-time`} id="now">
        {text}, {losses}
        {now?.diverged && ', diverged'}
      </output>
    </span>
  );
}
