/** Where the gallery is: in this site, or what makes it. */
import { withBase } from 'vitepress';
import { defineComponent, h } from 'vue';

/** Whether the site was built with the gallery. */
declare const __GALLERY__: boolean;

export const GalleryLink = defineComponent(() => () => {
  if (__GALLERY__)
    return h('p', h('a', { href: withBase('/gallery/index.html'), target: '_self' }, 'Open the gallery'));
  return h('p', [
    'This site was built without the gallery. All experiments are listed under ',
    h('a', { href: withBase('/reference/experiments.html') }, 'Reference, Experiments'),
    '; a run of one has the same figures.',
  ]);
});
