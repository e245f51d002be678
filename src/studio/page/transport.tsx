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
import { words } from './words.js';

/** Steps a second; 0: as many as it can. */
const SPEEDS = [0, 10_000, 1000, 100, 10];

export function Transport() {
  const id = useId();
  const { playing } = status.value;
  const { player } = words.value;
  const { transport, settings } = words.value.studio;
  return (
    <section class="transport" aria-label={settings.training}>
      <button type="button" class="main" id="play" onClick={playing ? pause : play}>
        {playing ? player.pause : player.play}
      </button>
      <button type="button" onClick={() => step(false)} disabled={status.value.done}>
        {player.step}
      </button>
      <button type="button" onClick={() => step(true)} disabled={status.value.done} title={transport.nextHint}>
        {transport.next}
      </button>
      <button type="button" onClick={reset}>
        {transport.reset}
      </button>
      <label for={`${id}-speed`} class="hidden">
        {transport.speed}
      </label>
      <select
        id={`${id}-speed`}
        value={String(stepsPerSecond.value)}
        onChange={(event) => setSpeed(Number(event.currentTarget.value))}
      >
        {SPEEDS.map((value) => (
          <option key={value} value={String(value)}>
            {value === 0 ? transport.fastest : transport.perSecond(value.toLocaleString('en'))}
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
  const { transport } = words.value.studio;
  const now = shown('a');
  const at = place.value ?? kept.length - 1;
  const text = now ? transport.step(now.step.toLocaleString('en')) : transport.opening;
  const losses = sides.value.map((side) => transport.loss(brief(shown(side)?.loss ?? Number.NaN))).join(' | ');
  return (
    <span class="time">
      <label for={`${id}-time`} class="hidden">
        {transport.time}
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
        {now?.diverged && `, ${transport.diverged}`}
      </output>
    </span>
  );
}
