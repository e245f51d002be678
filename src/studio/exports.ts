/** A page's state as programs and files that give the same training elsewhere. */
import { inputsOf, networkOf, optimizerOf } from './network.js';
import type { SideName, StudioState } from './state.js';

/** The samples of a page, `[n * d]` and `[n]`; of an equation its right side in place of the targets. */
export interface Samples {
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  source?: ArrayLike<number>;
}

/** The name of each export's file. */
export const exportFiles = {
  typescript: 'training.mjs',
  experiment: 'experiment.ts',
  sweep: 'sweep.json',
  pytorch: 'training.py',
} as const;
export type ExportName = keyof typeof exportFiles;

/** The text of an export of one side. */
export function exported(name: ExportName, state: StudioState, samples: Samples, side: SideName = 'a'): string {
  const of = partsOf(state, samples, side);
  if (name === 'typescript') return typescript(of);
  if (name === 'experiment') return experiment(of);
  if (name === 'sweep') return sweep(of);
  return pytorch(of);
}

type Parts = ReturnType<typeof partsOf>;

function partsOf(state: StudioState, { x, y, source }: Samples, name: SideName) {
  const side = state[name] ?? state.a;
  const inputs = inputsOf(state);
  const points = Array.from({ length: x.length / inputs }, (_, i) => {
    return Array.from({ length: inputs }, (_, j) => x[i * inputs + j]!);
  });
  const conditions = [{ points: [[-1], [1]], equation: 'u', weight: 10 }];
  const loss = source
    ? { type: 'residual', variables: ['x'], equation: '-u_xx - f', data: { f: Array.from(source) }, conditions }
    : 'mse';
  return {
    state,
    side,
    inputs,
    points,
    values: Array.from(y, (value) => [value]),
    loss,
    fits: source === undefined,
    spec: networkOf(side, inputs),
    optimizer: optimizerOf(side),
    /** Of a step, where it is not all. */
    batch: side.batchSize > 0 && side.batchSize < points.length ? side.batchSize : undefined,
  };
}

const json = (value: unknown, indent?: number): string => JSON.stringify(value, undefined, indent);

/** Steps at which an export prints its loss. */
function printed(steps: number): number[] {
  const tens = [1, 10, 100, 1000, 10_000, 100_000].filter((step) => step < steps);
  return [...tens, steps];
}

function typescript({ state, points, values, loss, fits, spec, optimizer, batch }: Parts): string {
  return `// A training of fprinciple's studio. Run it with: node training.mjs (in a folder where fprinciple is installed)
import { createModel } from 'fprinciple';

// Coordinates of the network: -1 to 1 over the interval.
const x = ${json(points)};
${fits ? `const y = ${json(values)};\n` : ''}const spec = ${json(spec, 2)};

const model = createModel(spec, { seed: ${state.seed}, dtype: '${state.dtype}' });
let done = 0;
let resume;
for (const step of ${json(printed(state.steps))}) {
  const history = await model.train({
    x,
${fits ? '    y,\n' : ''}    loss: ${json(loss)},
    optimizer: ${json(optimizer)},
    steps: step - done,
${batch === undefined ? '' : `    batchSize: ${batch},\n`}    record: { at: [] },
    ...(resume && { resume }),
  });
  resume = history.state;
  done = step;
  console.log(\`step \${step}: loss \${history.loss.at(-1)}\`);
}
`;
}

function experiment({ state, side, points, values, loss, fits, spec, optimizer, batch }: Parts): string {
  return `// An experiment from fprinciple's studio. Run it with: npx fprinciple run ./experiment.ts
import { createModel, defineExperiment, lineFigure } from 'fprinciple';
import { z } from 'zod';

const x = ${json(points)};
${fits ? `const y = ${json(values)};\n` : ''}const spec = ${json(spec, 2)};

export default defineExperiment({
  id: 'from-the-studio',
  title: 'A training of the studio',
  source: "fprinciple's studio",
  parameters: z.object({
    learningRate: z.number().positive().default(${side.learningRate}).describe('of the optimiser'),
    steps: z.int().min(1).default(${state.steps}).describe('training steps'),
    seed: z.int().min(0).default(${state.seed}).describe('of the network, as on the page'),
  }),
  presets: { quick: {}, paper: {} },

  async run({ parameters: { learningRate, steps, seed }, signal, training }) {
    const model = createModel(spec as Parameters<typeof createModel>[0], { seed, dtype: '${state.dtype}' });
    const history = await model.train({
      x,
${fits ? '      y,\n' : ''}      loss: ${fits ? json(loss) : `${json(loss)} as never`},
      optimizer: { ...${json(optimizer)}, learningRate } as Parameters<typeof model.train>[0]['optimizer'],
      steps,
${batch === undefined ? '' : `      batchSize: ${batch},\n`}      record: { log: 100 },
      signal,
      onProgress: training('training', steps),
    });
    return {
      metrics: { loss: history.loss.at(-1)! },
      figures: [
        lineFigure({
          id: 'loss',
          title: 'Loss',
          caption: 'Mean squared error over the samples.',
          x: { title: 'step', log: true },
          y: { title: 'loss', log: true },
          lines: [{ name: 'loss', x: history.steps, y: history.loss }],
        }),
      ],
    };
  },
});
`;
}

function sweep({ state, side, points, values, loss, spec, optimizer, batch }: Parts): string {
  const rates = [side.learningRate / 3, side.learningRate, side.learningRate * 3];
  const x = points.map((point) => (point.length === 1 ? point[0] : point));
  const description = {
    experiment: 'training',
    parameters: {
      network: spec,
      data: { type: 'values', x, y: values.map(([value]) => value) },
      loss,
      optimizer,
      steps: state.steps,
      dtype: state.dtype,
      ...(batch !== undefined && { batchSize: batch }),
    },
    grid: { 'optimizer.learningRate': rates.map((rate) => Number(rate.toPrecision(3))) },
    seeds: [state.seed, state.seed + 1, state.seed + 2],
  };
  return `${json(description, 1)}\n`;
}

const TORCH: Partial<Record<string, string>> = {
  relu: 'torch.relu(v)',
  silu: 'nn.functional.silu(v)',
  tanh: 'torch.tanh(v)',
  sigmoid: 'torch.sigmoid(v)',
  erf: 'torch.erf(v)',
  gelu: 'nn.functional.gelu(v)',
  softplus: 'nn.functional.softplus(v)',
  hat: 'torch.relu(v) - 2 * torch.relu(v - 1) + torch.relu(v - 2)',
  leakyRelu: 'nn.functional.leaky_relu(v, P)',
  clippedRelu: 'torch.clamp(v, 0, P)',
  elu: 'nn.functional.elu(v, P)',
  sin: 'torch.sin(P * v)',
  cos: 'torch.cos(P * v)',
  gaussian: 'torch.exp(-v**2 / (2 * P**2))',
  ricker: '(1 - (v / P) ** 2) * torch.exp(-v**2 / (2 * P**2))',
};

const DEFAULTS: Record<string, number> = {
  leakyRelu: 0.01,
  clippedRelu: 6,
  elu: 1,
  sin: 1,
  cos: 1,
  gaussian: 1,
  ricker: 1,
};

function pytorch({ state, side, inputs, points, values, loss, fits, optimizer, batch }: Parts): string {
  const parameter = side.parameter ?? DEFAULTS[side.activation] ?? 1;
  const activation = TORCH[side.activation]!.replaceAll('P', String(parameter));
  const widths = [side.features ? 2 * side.features.count : inputs, ...side.hidden, 1];
  const deep = side.hidden.length > 1;
  const method =
    optimizer.type === 'muon'
      ? `torch.optim.Muon(matrices, lr=${side.learningRate}, weight_decay=0)`
      : optimizer.type === 'adam'
        ? `torch.optim.Adam(net.parameters(), lr=${side.learningRate})`
        : `torch.optim.SGD(net.parameters(), lr=${side.learningRate}${side.optimizer === 'momentum' ? ', momentum=0.9' : ''})`;
  const init = initialised(side);
  const target = fits ? values : (loss as { data: { f: number[] } }).data.f.map((value) => [value]);
  return `# A training of fprinciple's studio, in PyTorch: the same network, samples, loss and optimiser; the initial numbers are
# PyTorch's own. To begin with those of fprinciple: model.save('start.safetensors') there, safetensors.torch.load_file here.
import math

import torch
from torch import nn

torch.manual_seed(${state.seed})
torch.set_default_dtype(torch.${state.dtype === 'f64' ? 'float64' : 'float32'})
x = torch.tensor(${json(points)})
y = torch.tensor(${json(target)})${fits ? '' : "  # the right side of -u'' = f"}
WIDTHS = ${json(widths)}
${side.features ? `B = torch.randn(${side.features.count}, ${inputs}) * ${side.features.sigma / 2}\n` : ''}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(WIDTHS, WIDTHS[1:]))
${init}
    def forward(self, v):
${side.features ? '        v = torch.cat([torch.cos(2 * math.pi * v @ B.T), torch.sin(2 * math.pi * v @ B.T)], dim=1)\n' : ''}        for layer in self.layers[:-1]:
            v = ${side.parameterization === 'ntk' ? 'self.scaled(layer, v)' : 'layer(v)'}
            v = ${activation}
        return ${side.parameterization === 'ntk' ? 'self.scaled(self.layers[-1], v)' : 'self.layers[-1](v)'}
${side.parameterization === 'ntk' ? `\n    def scaled(self, layer, v):\n        return ${side.scale ?? 1.5} / math.sqrt(layer.in_features) * v @ layer.weight.T + 0.1 * layer.bias\n` : ''}

net = Net()
${optimizer.type === 'muon' ? `matrices = [layer.weight for layer in net.layers${deep ? '[1:-1]' : ''}]\n` : ''}optimizer = ${method}
${optimizer.type === 'muon' ? OTHERS.replace('RATE', String(side.learningRate)) : ''}${fits ? '' : EQUATION}
for step in range(${state.steps}):
${batch === undefined ? '    bx, by = x, y' : `    rows = torch.randperm(len(x))[:${batch}]\n    bx, by = x[rows], y[rows]`}
    loss = ${fits ? '((net(bx) - by) ** 2).mean()' : 'residual(bx, by)'}
    ${optimizer.type === 'muon' ? 'net' : 'optimizer'}.zero_grad()
    loss.backward()
    optimizer.step()
${optimizer.type === 'muon' ? '    rest.step()\n' : ''}    if step == 0 or math.log10(step + 1).is_integer() or step == ${state.steps - 1}:
        print(f"step {step}: loss {loss.item()}")
`;
}

const OTHERS = `others = [p for p in net.parameters() if all(p is not m for m in matrices)]
rest = torch.optim.AdamW(others, lr=RATE, weight_decay=0)
`;

const EQUATION = `ends = torch.tensor([[-1.0], [1.0]])


def residual(bx, by):
    at = bx.clone().requires_grad_()
    (slope,) = torch.autograd.grad(net(at).sum(), at, create_graph=True)
    (second,) = torch.autograd.grad(slope.sum(), at, create_graph=True)
    return ((-second - by) ** 2).mean() + 10 * (net(ends) ** 2).mean()

`;

function initialised({ activation, parameter = 1, parameterization, scale, features }: StudioState['a']): string {
  const each = (rule: string) => `        for index, layer in enumerate(self.layers):\n${rule}\n`;
  if (parameterization === 'ntk') {
    return each('            nn.init.normal_(layer.weight)\n            nn.init.normal_(layer.bias)');
  }
  if (scale !== undefined) {
    return each(
      `            nn.init.normal_(layer.weight, std=${scale} / math.sqrt(layer.in_features))\n            nn.init.zeros_(layer.bias)`,
    );
  }
  if (activation === 'sin' && parameter > 1) {
    const first = features ? '' : ' if index else 1 / layer.in_features';
    return each(
      `            bound = math.sqrt(6 / layer.in_features) / ${parameter}${first}\n            nn.init.uniform_(layer.weight, -bound, bound)`,
    );
  }
  return '';
}
