/** The documentation site. `scripts/site.ts` writes what is made for it, docs/reference and docs/public, and builds it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const there = (path: string) => existsSync(fileURLToPath(new URL(`../public/${path}`, import.meta.url)));

const guides = [
  { text: 'Your PyTorch training', link: '/measure-your-training' },
  { text: 'Choosing sigma', link: '/choosing-sigma' },
  { text: 'Your own equation', link: '/your-own-equation' },
  { text: 'Your own experiment', link: '/own-experiment' },
  { text: 'Networks and trainings', link: '/networks' },
  { text: 'Reading a kernel', link: '/reading-a-kernel' },
  { text: 'Sweeps', link: '/sweeps' },
  { text: 'Sweeps on Redis', link: '/sweeps-on-redis' },
  { text: 'Sweeps on Slurm', link: '/sweeps-on-slurm' },
  { text: 'On a GPU server', link: '/gpu-server' },
  { text: 'Figures for a paper', link: '/figures-for-a-paper' },
];

const rooms = ['nets', 'spectrum', 'kernels', 'linalg', 'analysis', 'measure', 'fit', 'data', 'experiment', 'sweeps'];
const more = ['sweeps/bullmq', 'figures', 'studio'];

const sidebar = [
  {
    text: 'Begin',
    items: [
      { text: 'Start here', link: '/start' },
      { text: 'The studio', link: '/studio' },
      { text: 'Lessons', link: '/lessons' },
    ],
  },
  { text: 'Guides', items: guides },
  {
    text: 'Explanation',
    items: [
      { text: 'The frequency principle', link: '/frequency-principle' },
      { text: 'The tangent kernel', link: '/tangent-kernel' },
      { text: 'Low rank', link: '/low-rank' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Experiments', link: '/reference/experiments' },
      { text: 'Command line', link: '/reference/command-line' },
      { text: 'Schemas', link: '/reference/schemas' },
      { text: 'Conventions', link: '/conventions' },
      {
        text: 'API',
        link: '/reference/api/',
        collapsed: true,
        items: [...rooms, ...more].map((room) => ({
          text: `fprinciple/${room.split('/').at(-1)}`,
          link: `/reference/api/${room === 'nets' ? 'nets/index' : room}`,
        })),
      },
    ],
  },
  {
    text: 'More',
    items: [
      { text: 'Gallery', link: '/gallery' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Changelog', link: '/changelog' },
    ],
  },
];

const zhSidebar = [
  {
    text: '入门',
    items: [
      { text: '从这里开始', link: '/zh/start' },
      { text: '课程', link: '/zh/lessons' },
    ],
  },
  { text: '更多（英文）', items: guides },
];

/** Words of either language: by the segmenter, since Chinese has no spaces. On the page it runs again, so it stands alone. */
const tokenize = (text: string): string[] =>
  Array.from(new Intl.Segmenter('zh', { granularity: 'word' }).segment(text))
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);

export default defineConfig({
  title: 'fprinciple',
  description: 'A laboratory for how neural networks learn, in the frequency domain and through their kernels',
  base: process.env.FPRINCIPLE_DOCS_BASE ?? '/',
  outDir: process.env.FPRINCIPLE_DOCS_OUT ?? '../dist/documentation',
  srcExclude: ['api/**', 'gallery/**', 'public/**'],
  cleanUrls: false,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  lastUpdated: false,
  // Links to what an installation or another site has.
  ignoreDeadLinks: [/^https?:\/\//, /kubernetes\.yaml/],
  markdown: { math: false },
  vite: {
    define: { __PLAYGROUND__: there('playground.html'), __GALLERY__: there('gallery/index.html') },
    build: { chunkSizeWarningLimit: 4000 },
  },
  locales: {
    root: { label: 'English', lang: 'en' },
    zh: {
      label: '简体中文',
      lang: 'zh-CN',
      link: '/zh/',
      description: '从频域和神经正切核看神经网络如何学习的实验室',
      themeConfig: {
        nav: [
          { text: '从这里开始', link: '/zh/start' },
          { text: '课程', link: '/zh/lessons' },
          { text: '演练场', link: '/playground' },
        ],
        sidebar: zhSidebar,
        outline: { label: '本页' },
        docFooter: { prev: '上一页', next: '下一页' },
        darkModeSwitchLabel: '外观',
        sidebarMenuLabel: '目录',
        returnToTopLabel: '回到顶部',
        langMenuLabel: '语言',
      },
    },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/measure-your-training' },
      { text: 'Explanation', link: '/frequency-principle' },
      { text: 'Reference', link: '/reference/api/' },
      { text: 'Gallery', link: '/gallery' },
      { text: 'Playground', link: '/playground' },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: { options: { tokenize } },
        locales: {
          zh: {
            translations: {
              button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
              modal: {
                noResultsText: '没有结果：',
                resetButtonTitle: '清除',
                displayDetails: '显示详情',
                footer: { selectText: '选择', navigateText: '移动', closeText: '关闭' },
              },
            },
          },
        },
      },
    },
  },
});
