/** Some figures of the page and its clock, for another page that frames it: `?show=fit,heat`. */
import { Fragment } from 'preact';
import { Fit } from './fit.js';
import { failure } from './store.js';
import { Transport } from './transport.js';
import { parts } from './why.js';

const all = { fit: () => <Fit />, ...parts };
type Part = keyof typeof all;

/** What the address asks for; nothing: the whole page. */
export const asked: readonly Part[] = (new URLSearchParams(location.search).get('show') ?? '')
  .split(',')
  .filter((name): name is Part => name in all);

export function Excerpt() {
  return (
    <main class="excerpt">
      <Transport />
      <p class="failure" role="alert" hidden={failure.value === ''}>
        {failure.value}
      </p>
      <div class="columns">
        {asked.map((name) => (
          <Fragment key={name}>{all[name]()}</Fragment>
        ))}
      </div>
    </main>
  );
}
