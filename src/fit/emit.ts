/** The advised training as a program: TypeScript for this package, PyTorch, JAX; or as JSON. */

import { complete } from '../core/complete.js';
import { invalidArgument, invalidShape } from '../core/errors.js';
import { toList } from '../core/lists.js';
import { call } from '../core/native.js';
import { describe } from '../core/ndarray.js';
import { checkChoice, checkInteger, checkNumber, required, requireOptions } from '../core/options.js';
import type { ActivationLayer } from '../nets/activation.js';
import { specText } from '../nets/json.js';
import type { LayerSpec } from '../nets/spec.js';
import type { FitChoice } from './advise.js';

/** Languages that {@link emitFit} writes. */
export const fitCodes = complete<FitCode>()(['json', 'ts', 'pytorch', 'jax']);
/** A language that {@link emitFit} writes. */
export type FitCode = 'json' | 'ts' | 'pytorch' | 'jax';

/**
 * The choice of an advice as text: `json` as it is; `ts`, `pytorch` and `jax` as programs that read the samples `x [n, d]` and
 * `y [n, o]` from an `.npz` file (named on their command line, `data` by default), train, say the loss and write the network
 * (safetensors, `state_dict`, npz). The TypeScript gives the same bits whenever and wherever it runs on one SIMD path; the others
 * draw weights and features from the same distributions, not the same numbers.
 *
 * @throws `INVALID_ARGUMENT` for what is no choice, and another language
 */
export function emitFit(choice: FitChoice, code: FitCode, data = 'data.npz'): string {
  checkChoice(required(code, 'code'), fitCodes, 'code');
  if (typeof data !== 'string') throw invalidArgument(`data: expected a path, got ${describe(data)}`);
  checkFitChoice(choice);
  switch (code) {
    case 'json':
      return `${JSON.stringify(choice, null, 2)}\n`;
    case 'ts':
      return typescript(choice, data);
    case 'pytorch':
      return pytorch(choice, data);
    default:
      return jax(choice, data);
  }
}

const choiceNames = ['name', 'family', 'value', 'spec', 'seed', 'inputs', 'outputs', 'training', 'error'] as const;

/** Everything of a choice goes into a program: what is wrong in it would be found where the program is run. */
function checkFitChoice(choice: FitChoice): void {
  const chosen = requireOptions(choice, choiceNames, 'choice');
  const { name, family, value, spec, seed, training, error } = chosen;
  for (const [what, text] of Object.entries({ name, family })) {
    if (typeof text !== 'string') throw invalidArgument(`choice.${what}: expected a text, got ${describe(text)}`);
  }
  checkNumber(value, 'choice.value');
  checkNumber(required(error, 'choice.error'), 'choice.error', { least: 0 });
  checkInteger(required(seed, 'choice.seed'), 'choice.seed');
  call((addon) => addon.networkArrays(specText(spec, 'choice.spec')));
  for (const what of ['inputs', 'outputs'] as const) {
    const { offset, scale } = requireOptions(chosen[what], ['offset', 'scale'], `choice.${what}`);
    const [offsets, scales] = [toList(offset, `choice.${what}.offset`), toList(scale, `choice.${what}.scale`)];
    for (const v of offsets) checkNumber(v, `choice.${what}.offset`);
    for (const v of scales) checkNumber(v, `choice.${what}.scale`, { above: 0 });
    if (offsets.length !== scales.length)
      throw invalidShape(`choice.${what}.scale: expected ${offsets.length} as there are offsets, got ${scales.length}`);
  }
  const names = ['loss', 'optimizer', 'steps', 'batchSize'] as const;
  const { loss, optimizer, steps, batchSize } = requireOptions(training, names, 'choice.training');
  checkChoice(required(loss, 'choice.training.loss'), ['mse'], 'choice.training.loss');
  const rule = requireOptions(optimizer, ['type', 'learningRate'], 'choice.training.optimizer');
  checkChoice(required(rule.type, 'choice.training.optimizer.type'), ['adam'], 'choice.training.optimizer.type');
  const rate = 'choice.training.optimizer.learningRate';
  checkNumber(required(rule.learningRate, rate), rate, { above: 0 });
  checkInteger(required(steps, 'choice.training.steps'), 'choice.training.steps', 1);
  checkInteger(batchSize, 'choice.training.batchSize', 1);
}

function typescript({ name, spec, seed, inputs, outputs, training }: FitChoice, data: string): string {
  return `// ${name}, as \`fprinciple fit\` advised it. Run: npx tsx this-file.mts [samples.npz]
import { createModel, type NetworkSpec, readNpz, type TrainOptions } from 'fprinciple';

const { x, y } = readNpz(process.argv[2] ?? ${JSON.stringify(data)});
if (!x || !y) throw new Error('expected arrays x and y');

// Coordinates from -1 to 1, values with mean 0 and variance 1.
const inputs = ${JSON.stringify(inputs)};
const outputs = ${JSON.stringify(outputs)};
const scaled = (a: typeof x, { offset, scale }: typeof inputs) => ({
  data: Float64Array.from(a.data, (v, i) => (v - offset[i % offset.length]!) / scale[i % scale.length]!),
  shape: [a.shape[0]!, offset.length],
});

const spec: NetworkSpec = ${JSON.stringify(spec, null, 2)};
const training: Pick<TrainOptions, 'loss' | 'optimizer' | 'steps' | 'batchSize'> = ${JSON.stringify(training)};

const model = createModel(spec, { seed: ${seed} });
const history = await model.train({
  ...training,
  x: scaled(x, inputs),
  y: scaled(y, outputs),
  record: { log: 20 },
  onProgress: ({ done, total, value }) => process.stderr.write(\`\\rstep \${done} of \${total}, loss \${value?.toExponential(2)}  \`),
});
process.stderr.write('\\n');
console.log('loss', history.loss.at(-1), history.stopReason);
model.save('fitted.safetensors');
`;
}

/** What both Python programs begin with. */
const pythonData = ({ inputs, outputs }: FitChoice, data: string): string => `import sys

import numpy as np

samples = np.load(sys.argv[1] if len(sys.argv) > 1 else ${JSON.stringify(data)})
x, y = (samples[k].reshape(len(samples[k]), -1) for k in ("x", "y"))
# Coordinates from -1 to 1, values with mean 0 and variance 1.
x = ((x - np.array(${JSON.stringify(inputs.offset)})) / np.array(${JSON.stringify(inputs.scale)})).astype(np.float32)
y = ((y - np.array(${JSON.stringify(outputs.offset)})) / np.array(${JSON.stringify(outputs.scale)})).astype(np.float32)
`;

/** Layers with the sizes between them. */
function sized({ spec }: FitChoice): { layer: LayerSpec; from: number; to: number }[] {
  let width = [spec.input].flat().reduce((a, b) => a * b, 1);
  return spec.layers.map((layer) => {
    const from = width;
    if (layer.type === 'dense') width = layer.units;
    else if (layer.type === 'fourierFeatures') {
      width = 2 * (Array.isArray(layer.frequencies) ? layer.frequencies.length : layer.frequencies.count);
    }
    return { layer, from, to: width };
  });
}

/** Half-width of the uniform distribution of SIREN's weights; undefined with another initialisation. */
function sirenBound(layer: LayerSpec, from: number): number | undefined {
  if (layer.type !== 'dense' || typeof layer.init !== 'object' || layer.init.type !== 'siren') return undefined;
  return layer.init.first ? 1 / from : Math.sqrt(6 / from) / (layer.init.omega ?? 30);
}

function pytorch(choice: FitChoice, data: string): string {
  const { name, seed, training } = choice;
  const layers = sized(choice).map(({ layer, from, to }) => {
    if (layer.type === 'fourierFeatures') {
      const { frequencies: f } = layer;
      return Array.isArray(f)
        ? `Features(torch.tensor(${JSON.stringify(f)}))`
        : `Features(${f.scale} * torch.randn(${f.count}, ${from}))`;
    }
    if (layer.type === 'activation') return torchActivation(layer);
    const bound = sirenBound(layer, from);
    if (bound !== undefined) return `uniform(nn.Linear(${from}, ${to}), ${bound})`;
    const init = layer.type === 'dense' && typeof layer.init === 'string' ? layer.init : 'pytorch';
    return init === 'pytorch' ? `nn.Linear(${from}, ${to})` : `${init}(nn.Linear(${from}, ${to}))`;
  });
  return `# ${name}, as \`fprinciple fit\` advised it. Run: python this_file.py [samples.npz]
${pythonData(choice, data)}
import torch
from torch import nn

torch.manual_seed(${seed})


class Features(nn.Module):
    """[cos 2 pi b.v, sin 2 pi b.v] for fixed frequencies b."""

    def __init__(self, frequencies):
        super().__init__()
        self.register_buffer("frequencies", frequencies)

    def forward(self, v):
        phase = 2 * torch.pi * v @ self.frequencies.T
        return torch.cat([phase.cos(), phase.sin()], -1)


class Function(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, v):
        return self.f(v)


def uniform(layer, bound):
    nn.init.uniform_(layer.weight, -bound, bound)
    return layer


def he(layer):
    nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def glorot(layer):
    nn.init.xavier_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


model = nn.Sequential(
    ${layers.join(',\n    ')},
)
x, y = torch.from_numpy(x), torch.from_numpy(y)
optimizer = torch.optim.Adam(model.parameters(), lr=${training.optimizer.learningRate})
batch = ${training.batchSize ?? 'len(x)'}
for step in range(${training.steps}):
    rows = torch.randperm(len(x))[:batch] if batch < len(x) else slice(None)
    loss = (model(x[rows]) - y[rows]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0:
        print(step, loss.item(), file=sys.stderr)
with torch.no_grad():
    print("loss", sum((model(a) - b).square().sum() for a, b in zip(x.split(8192), y.split(8192))).item() / y.numel())
torch.save(model.state_dict(), "fitted.pt")
`;
}

function torchActivation(layer: ActivationLayer): string {
  switch (layer.fn) {
    case 'relu':
      return 'nn.ReLU()';
    case 'tanh':
      return 'nn.Tanh()';
    default:
      return `Function(lambda v: ${elementwise(layer, 'torch')})`;
  }
}

/** An activation as an expression in v. */
function elementwise(layer: ActivationLayer, library: 'torch' | 'jnp'): string {
  switch (layer.fn) {
    case 'relu':
      return `${library}.maximum(v, 0)`;
    case 'tanh':
      return `${library}.tanh(v)`;
    case 'sin':
      return `${library}.sin(${layer.omega ?? 1} * v)`;
    case 'gaussian':
      return `${library}.exp(-(v**2) / ${2 * (layer.a ?? 1) ** 2})`;
    default:
      throw invalidArgument(`choice: no program is written for the activation ${layer.fn}`);
  }
}

function jax(choice: FitChoice, data: string): string {
  const { name, seed, training } = choice;
  const all = sized(choice);
  let index = 0;
  const start: string[] = [];
  const forward: string[] = [];
  for (const { layer, from, to } of all) {
    if (layer.type === 'fourierFeatures') {
      const { frequencies: f } = layer;
      const drawn = Array.isArray(f)
        ? `jnp.array(${JSON.stringify(f)})`
        : `${f.scale} * jax.random.normal(key(), (${f.count}, ${from}))`;
      start.push(`frequencies = ${drawn}`);
      forward.push('v = 2 * jnp.pi * v @ frequencies.T', 'v = jnp.concatenate([jnp.cos(v), jnp.sin(v)], -1)');
    } else if (layer.type === 'activation') forward.push(`v = ${elementwise(layer, 'jnp')}`);
    else {
      const bound = sirenBound(layer, from);
      const standard = 1 / Math.sqrt(from);
      const init = layer.type === 'dense' && typeof layer.init === 'string' ? layer.init : 'pytorch';
      const deviation = init === 'he' ? Math.sqrt(2 / from) : Math.sqrt(2 / (from + to));
      const drawn = (size: string, half: number): string =>
        `jax.random.uniform(key(), ${size}, minval=${-half}, maxval=${half})`;
      const normal = bound === undefined && init !== 'pytorch';
      const weight = normal
        ? `${deviation} * jax.random.normal(key(), (${from}, ${to}))`
        : drawn(`(${from}, ${to})`, bound ?? standard);
      const bias = normal ? `jnp.zeros(${to})` : drawn(`(${to},)`, standard);
      start.push(`parameters.append((${weight}, ${bias}))`);
      forward.push(`v = v @ parameters[${index}][0] + parameters[${index}][1]`);
      index++;
    }
  }
  return `# ${name}, as \`fprinciple fit\` advised it. Run: python this_file.py [samples.npz]
${pythonData(choice, data)}
import jax
import jax.numpy as jnp
import optax

keys = [jax.random.key(${seed})]


def key():
    keys[0], fresh = jax.random.split(keys[0])
    return fresh


parameters = []
${start.join('\n')}


def network(parameters, v):
    ${forward.join('\n    ')}
    return v


def mse(parameters, x, y):
    return jnp.mean((network(parameters, x) - y) ** 2)


optimizer = optax.adam(${training.optimizer.learningRate})
state = optimizer.init(parameters)


@jax.jit
def update(parameters, state, x, y):
    loss, gradient = jax.value_and_grad(mse)(parameters, x, y)
    change, state = optimizer.update(gradient, state)
    return optax.apply_updates(parameters, change), state, loss


random = np.random.default_rng(${seed})
batch = ${training.batchSize ?? 'len(x)'}
for step in range(${training.steps}):
    rows = random.permutation(len(x))[:batch] if batch < len(x) else slice(None)
    parameters, state, loss = update(parameters, state, x[rows], y[rows])
    if step % 100 == 0:
        print(step, float(loss), file=sys.stderr)
print("loss", float(mse(parameters, x, y)))
np.savez("fitted.npz", **{f"{kind}{i}": a for i, layer in enumerate(parameters) for kind, a in zip("Wb", layer)})
`;
}
