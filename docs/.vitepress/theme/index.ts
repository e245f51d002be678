/** VitePress's own theme, in system fonts, with the figures that move. */

import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { GalleryLink } from './gallery-link.js';
import { Lessons } from './lessons.js';
import { LiveFigure, Playground } from './live-figure.js';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    for (const [name, component] of Object.entries({ GalleryLink, Lessons, LiveFigure, Playground }))
      app.component(name, component);
  },
} satisfies Theme;
