/** The lessons: eight states of the page, each with what to look for. */
import { computed, signal } from '@preact/signals';
import { type Lesson, lessons, type Seen } from '../lessons.js';
import { frame, histories, open, passage, scene, state, status } from './store.js';

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
  // A changed page is no longer the lesson's.
  const changed = lesson !== undefined && JSON.stringify(lesson.state) !== JSON.stringify(state.value);
  return (
    <section class="box" aria-label="Lessons">
      <div class="row">
        <label for="lesson">
          <strong>Lessons</strong>
        </label>
        <select
          id="lesson"
          value={lesson?.id ?? ''}
          onChange={(event) => {
            chosen.value = lessons.find(({ id }) => id === event.currentTarget.value);
            if (chosen.value) open(chosen.value.state, true);
          }}
        >
          <option value="">none</option>
          {lessons.map(({ id, title }, i) => (
            <option key={id} value={id}>
              {i + 1}. {title}
            </option>
          ))}
        </select>
        {changed && (
          <button type="button" onClick={() => open(lesson.state, true)}>
            Back to the lesson
          </button>
        )}
      </div>
      {lesson && (
        <div id="lesson-text">
          {lesson.paragraphs.map((text) => (
            <p key={text}>{text}</p>
          ))}
          <p>
            <strong>{lesson.question}</strong>
          </p>
          <p id="lesson-seen" data-seen={String(isSeen.value && !changed)} aria-live="polite">
            {isSeen.value && !changed ? `✓ It is on the page now. ${lesson.answer}` : ''}
          </p>
          <details>
            <summary>Sources</summary>
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
