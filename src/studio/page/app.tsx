/** The page: what is learnt, the fit, and why. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { isLanguage, languageNames, languages } from '../../words/index.js';
import { Fit } from './fit.js';
import { LessonPanel } from './lesson.js';
import { NetworkGroup, TrainingGroup } from './network.js';
import { engineKind, failure, spoken, state } from './store.js';
import { TakeAway } from './takeaway.js';
import { TargetGroup } from './target.js';
import { Transport } from './transport.js';
import { Why } from './why.js';
import { language, words } from './words.js';

/** A view of the page beside the studio itself, which the server alone has. */
export interface View {
  id: string;
  title: () => string;
  content: () => ComponentChildren;
}

const view = signal(new URLSearchParams(location.search).get('view') ?? 'studio');

export function App({ views = [] }: { views?: readonly View[] }) {
  const chosen = views.find(({ id }) => id === view.value);
  const { studio } = words.value;
  return (
    <>
      <header class="page">
        <a class="skip" href="#middle">
          {studio.skip}
        </a>
        <h1>
          fprinciple <span class="soft">{engineKind.value === 'server' ? studio.studio : studio.playground}</span>
        </h1>
        {engineKind.value === 'playground' && <span class="soft small">{studio.needsStudio}</span>}
        {views.length > 0 && (
          <nav aria-label={studio.views}>
            {[{ id: 'studio', title: () => studio.studioView }, ...views].map(({ id, title }) => (
              <button
                key={id}
                type="button"
                aria-current={view.value === id ? 'page' : undefined}
                onClick={() => {
                  view.value = id;
                }}
              >
                {title()}
              </button>
            ))}
          </nav>
        )}
        <select
          aria-label={studio.language}
          value={language.value}
          onChange={(event) => {
            const name = event.currentTarget.value;
            if (isLanguage(name)) language.value = name;
          }}
        >
          {languageNames.map((name) => (
            <option key={name} value={name} lang={languages[name].lang}>
              {languages[name].name}
            </option>
          ))}
        </select>
      </header>
      <p class="failure" role="alert" hidden={failure.value === ''}>
        {failure.value}
      </p>
      <p class="hidden" aria-live="polite">
        {spoken.value}
      </p>
      {chosen ? (
        <main class="desk" id="middle" tabIndex={-1}>
          {chosen.content()}
        </main>
      ) : (
        <Studio />
      )}
    </>
  );
}

function Studio() {
  const two = state.value.b !== undefined;
  const { studio } = words.value;
  return (
    <main class={two ? 'studio two' : 'studio'}>
      <section class="what" aria-label={studio.what}>
        <TargetGroup />
        <NetworkGroup side="a" title={two ? studio.networkOf('A') : studio.network} />
        {two && <NetworkGroup side="b" title={studio.networkOf('B')} />}
        <TrainingGroup />
      </section>
      <section class="middle" id="middle" tabIndex={-1} aria-label={studio.fit}>
        <Transport />
        <Fit />
        <LessonPanel />
        <TakeAway />
      </section>
      <section class="why" aria-label={studio.why}>
        <Why />
      </section>
    </main>
  );
}
