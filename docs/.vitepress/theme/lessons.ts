/** The studio's lessons, in the page's language: their words are those of the studio. */
import { useData } from 'vitepress';
import { defineComponent, h } from 'vue';
import { languages } from '../../../src/words/index.js';
import { LiveFigure } from './live-figure.js';

/** What of the page a lesson looks at. */
const parts: Record<string, string> = {
  'low-first': 'heat,fit',
  'activation-decides': 'heat',
  'fourier-features': 'kernel,heat',
  aliasing: 'fit,spectrum',
  'early-stopping': 'fit,loss',
  'ntk-predicts': 'frequency',
  pinn: 'heat,fit',
  'deep-low-rank': 'rank',
};

export const Lessons = defineComponent(() => {
  const { lang } = useData();
  return () => {
    const { lessons } = languages[lang.value.startsWith('zh') ? 'zh' : 'en'];
    return Object.entries(lessons).map(([id, { title, paragraphs, question, answer }], i) =>
      h('section', { key: id }, [
        h('h2', { id }, `${i + 1}. ${title}`),
        ...paragraphs.map((text) => h('p', text)),
        h(LiveFigure, { lesson: id, show: parts[id] ?? 'fit', title }),
        h('details', [h('summary', question), h('p', answer)]),
      ]),
    );
  };
});
