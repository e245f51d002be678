/** Figures of the playground, framed: the studio's own components, trained in the reader's browser. */
import { useData, withBase } from 'vitepress';
import { defineComponent, h } from 'vue';

/** Whether the site was built with the playground. */
declare const __PLAYGROUND__: boolean;

const said = {
  en: { without: 'This figure moves where the site was built with the playground. The same on your machine:' },
  zh: { without: '站点连同演练场一起构建时，此图可以动起来。在本机查看同样的内容：' },
};

export const LiveFigure = defineComponent({
  props: { lesson: { type: String, required: true }, show: { type: String, required: true }, title: String },
  setup(props) {
    const { lang } = useData();
    return () => {
      const language = lang.value.startsWith('zh') ? 'zh' : 'en';
      const query = `lesson=${props.lesson}&show=${props.show}&lang=${language}`;
      return h('figure', { class: 'live' }, [
        __PLAYGROUND__
          ? h('iframe', { src: withBase(`/playground.html?${query}`), title: props.title, loading: 'lazy' })
          : h('p', [`${said[language].without} `, h('code', 'npx fprinciple studio')]),
        h('figcaption', props.title),
      ]);
    };
  },
});

export const Playground = defineComponent(() => () => {
  if (!__PLAYGROUND__)
    return h('p', { class: 'vp-doc plain' }, [`${said.en.without} `, h('code', 'npx fprinciple studio')]);
  return h('iframe', { class: 'playground', src: withBase('/playground.html'), title: 'playground' });
});
