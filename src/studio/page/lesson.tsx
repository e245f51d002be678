/** The lessons: eight states of the page, each with what to look for. */
import { computed, signal } from '@preact/signals';
import { type Lesson, lessons, type Seen } from '../lessons.js';
import { frame, histories, open, passage, scene, state, status } from './store.js';
import { words } from './words.js';

const chosen = signal<Lesson | undefined>(undefined);

const seen: Seen = {
  learnt(side, cycles) {
    const index = scene.value?.cycles.indexOf(cycles) ?? -1;
    return index < 0 ? undefined : passage(side, index);
  },
  records: (side) => histories[side].kept,
};

const isSeen = computed(() => {
  frame.value;
  return status.value.done && chosen.value?.seen(seen) === true;
});

export function LessonPanel() {
  const lesson = chosen.value;
  const { lesson: said } = words.value.studio;
  const text = lesson && words.value.lessons[lesson.id];
  // A changed page is no longer the lesson's.
  const changed = lesson !== undefined && JSON.stringify(lesson.state) !== JSON.stringify(state.value);
  return (
    <section class="box" aria-label={said.lessons}>
      <div class="row">
        <label for="lesson">
          <strong>{said.lessons}</strong>
        </label>
        <select
          id="lesson"
          value={lesson?.id ?? ''}
          onChange={(event) => {
            chosen.value = lessons.find(({ id }) => id === event.currentTarget.value);
            if (chosen.value) open(chosen.value.state, true);
          }}
        >
          <option value="">{said.none}</option>
          {lessons.map(({ id }, i) => (
            <option key={id} value={id}>
              {i + 1}. {words.value.lessons[id].title}
            </option>
          ))}
        </select>
        {changed && (
          <button type="button" onClick={() => open(lesson.state, true)}>
            {said.back}
          </button>
        )}
      </div>
      {lesson && text && (
        <div id="lesson-text">
          {text.paragraphs.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
          <p>
            <strong>{text.question}</strong>
          </p>
          <p id="lesson-seen" data-seen={String(isSeen.value && !changed)} aria-live="polite">
            {isSeen.value && !changed ? `✓ ${said.seen} ${text.answer}` : ''}
          </p>
          <details>
            <summary>{said.sources}</summary>
            <ul class="small">
              {lesson.sources.map((source) => (
                <li key={source}>{source}</li>
              ))}
            </ul>
          </details>
        </div>
      )}
    </section>
  );
}
