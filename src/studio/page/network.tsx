/** A network and its optimiser. */
import { activationNames } from '../../nets/activation.js';
import { activationParameters } from '../network.js';
import type { Side, SideName } from '../state.js';
import { CheckField, ChoiceField, Group, NumberField, SliderField, TextField } from './fields.js';
import { change, state } from './store.js';
import { words } from './words.js';

const ACTIVATIONS = activationNames.map((name) => [name, name === 'relu' ? 'ReLU' : name] as const);

export function NetworkGroup({ side: name, title }: { side: SideName; title: string }) {
  const side = state.value[name];
  if (!side) return null;
  const set = (fields: Partial<Side>, without?: keyof Side) => {
    const next = { ...side, ...fields };
    if (without) delete next[without];
    change({ [name]: next });
  };
  const parameter = activationParameters[side.activation];
  const { settings } = words.value.studio;
  return (
    <>
      <Group title={title}>
        <TextField
          label={settings.widths}
          value={side.hidden.join(', ')}
          pattern={/^\s*([1-9]\d{0,3}\s*(,\s*[1-9]\d{0,3}\s*){0,7})?$/}
          hint={settings.widthsHint}
          set={(text) =>
            set({
              hidden: text
                .split(',')
                .map(Number)
                .filter((width) => width > 0 && width <= 2048),
            })
          }
        />
        <ChoiceField
          label={settings.activation}
          value={side.activation}
          choices={ACTIVATIONS}
          set={(activation) => set({ activation }, 'parameter')}
        />
        {parameter && (
          <SliderField
            label={side.activation === 'sin' ? settings.omega : parameter.name}
            value={side.parameter ?? parameter.default}
            min={0.01}
            max={100}
            log
            set={(value) => set({ parameter: value })}
          />
        )}
        <CheckField
          label={settings.features}
          checked={side.features !== undefined}
          set={(checked) => (checked ? set({ features: { count: 64, sigma: 3 } }) : set({}, 'features'))}
        />
        {side.features && (
          <SliderField
            label={settings.sigma}
            value={side.features.sigma}
            min={0.1}
            max={100}
            log
            set={(sigma) => set({ features: { ...side.features!, sigma } })}
          />
        )}
        <ChoiceField
          label={settings.parameterization}
          value={side.parameterization}
          choices={[
            ['standard', settings.standard],
            ['ntk', 'NTK'],
          ]}
          set={(parameterization) => set({ parameterization })}
        />
        <CheckField
          label={settings.ownScale}
          checked={side.scale !== undefined}
          set={(checked) => (checked ? set({ scale: 1 }) : set({}, 'scale'))}
        />
        {side.scale !== undefined && (
          <SliderField
            label={settings.scale}
            value={side.scale}
            min={0.01}
            max={20}
            log
            set={(scale) => set({ scale })}
          />
        )}
      </Group>
      <Group title={state.value.b ? settings.optimiserOf(name.toUpperCase()) : settings.optimiser}>
        <ChoiceField
          label={settings.method}
          value={side.optimizer}
          choices={[
            ['adam', 'Adam'],
            ['muon', 'Muon'],
            ['sgd', settings.sgd],
            ['momentum', settings.momentum],
          ]}
          set={(optimizer) =>
            set({ optimizer, learningRate: { adam: 0.001, muon: 0.005, sgd: 0.05, momentum: 0.05 }[optimizer] })
          }
        />
        <SliderField
          label={settings.rate}
          value={side.learningRate}
          min={1e-5}
          max={10}
          log
          set={(learningRate) => set({ learningRate })}
        />
        <NumberField
          label={settings.batch}
          value={side.batchSize}
          min={0}
          max={4096}
          step={1}
          set={(batchSize) => set({ batchSize })}
        />
      </Group>
    </>
  );
}

export function TrainingGroup() {
  const { steps, seed, dtype, a, b } = state.value;
  const { settings } = words.value.studio;
  return (
    <Group title={settings.training}>
      <NumberField
        label={settings.steps}
        value={steps}
        min={1}
        max={1_000_000}
        step={1}
        set={(value) => change({ steps: value })}
      />
      <NumberField
        label={settings.seed}
        value={seed}
        min={0}
        max={Number.MAX_SAFE_INTEGER}
        step={1}
        set={(value) => change({ seed: value })}
      />
      <ChoiceField
        label={settings.precision}
        value={dtype}
        choices={[
          ['f32', settings.single],
          ['f64', settings.double],
        ]}
        set={(value) => change({ dtype: value })}
      />
      <CheckField
        label={settings.compare}
        checked={b !== undefined}
        set={(checked) => {
          if (checked) change({ b: { ...a, activation: a.activation === 'relu' ? 'tanh' : 'relu' } });
          else {
            const { b: _, ...one } = state.value;
            state.value = one;
            change({});
          }
        }}
      />
    </Group>
  );
}
