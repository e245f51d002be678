/** The page: what is learnt, the fit, and why. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Fit } from './fit.js';
import { LessonPanel } from './lesson.js';
import { NetworkGroup, TrainingGroup } from './network.js';
import { engineKind, failure, spoken, state } from './store.js';
import { TakeAway } from './takeaway.js';
import { TargetGroup } from './target.js';
import { Transport } from './transport.js';
import { Why } from './why.js';

/** A view of the page beside the studio itself, which the server alone has. */
export interface View {
  id: string;
  title: string;
  content: () => ComponentChildren;
}

const view = signal(new URLSearchParams(location.search).get('view') ?? 'studio');

export function App({ views = [] }: { views?: readonly View[] }) {
  const chosen = views.find(({ id }) => id === view.value);
  return (
    <>
      <header class="page">
        <a class="skip" href="#middle">
          Skip to what matters
        </a>
        <h1>
          fprinciple <span class="soft">{engineKind.value === 'server' ? 'studio' : 'playground'}</span>
        </h1>
        {engineKind.value === 'playground' && (
          <span class="soft small">Runs, sweeps and experiments need the studio: npx fprinciple studio</span>
        )}
        {views.length > 0 && (
          <nav aria-label="Views">
            {[{ id: 'studio', title: 'Studio' }, ...views].map(({ id, title }) => (
              <button
                key={id}
                type="button"
                aria-current={view.value === id ? 'page' : undefined}
                onClick={() => {
                  view.value = id;
                }}
              >
                {title}
              </button>
            ))}
          </nav>
        )}
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
  return (
    <main class={two ? 'studio two' : 'studio'}>
      <section class="what" aria-label="What is learnt, and by what">
        <TargetGroup />
        <NetworkGroup side="a" title={two ? 'Network A' : 'Network'} />
        {two && <NetworkGroup side="b" title="Network B" />}
        <TrainingGroup />
      </section>
      <section class="middle" id="middle" tabIndex={-1} aria-label="The fit">
        <Transport />
        <Fit />
        <LessonPanel />
        <TakeAway />
      </section>
      <section class="why" aria-label="Why">
        <Why />
      </section>
    </main>
  );
}
