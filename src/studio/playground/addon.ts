/**
 * The WebAssembly engine (`crates/page`) in place of the Node-API addon: the functions of it that the page's training calls,
 * under the same names, so that the package's own modules run on either.
 */
import type { NdArray } from '../../core/ndarray.js';
import { decodeMessage, encodeMessage, type Message } from '../message.js';

/** What the module exports. */
export interface EngineModule {
  memory: { readonly buffer: ArrayBuffer };
  reserve(bytes: number): number;
  free(at: number, bytes: number): void;
  request(at: number, bytes: number): number;
}

interface Named {
  names: string[];
  array: NdArray;
}
type Answer = Message<Record<string, unknown>>;

/** What stands for the addon, over an instance of the module. */
export function addonOf(engine: EngineModule): object {
  function ask(
    call: string,
    body: object = {},
    arrays: Record<string, NdArray> = {},
    names?: Record<string, string[]>,
  ): Answer {
    const asked = encodeMessage({ body: { call, ...body }, arrays }, names);
    const at = engine.reserve(asked.length);
    new Uint8Array(engine.memory.buffer, at, asked.length).set(asked);
    const answer = engine.request(at, asked.length);
    engine.free(at, asked.length);
    const length = 8 + new DataView(engine.memory.buffer).getUint32(answer + 4, true);
    const message = decodeMessage<Record<string, unknown>>(new Uint8Array(engine.memory.buffer, answer, length));
    engine.free(answer, length);
    // As the addon writes it: TypeScript reads the code.
    if (typeof message.body.error === 'string') throw new Error(message.body.error);
    return message;
  }

  const fields = ({ arrays }: Answer) => Object.entries(arrays).map(([name, array]) => ({ name, array }));

  class NativeModel {
    readonly #id: number;
    readonly spec: string;

    constructor(
      spec: string,
      readonly seed: number,
      readonly dtype: string,
    ) {
      const { body } = ask('create', { spec, seed, dtype });
      this.#id = body.model as number;
      this.spec = body.spec as string;
      released.register(this, this.#id);
    }

    parameters() {
      return fields(ask('arrays', { model: this.#id, buffers: false }));
    }

    buffers() {
      return fields(ask('arrays', { model: this.#id, buffers: true }));
    }

    setParameters(named: Named[]): void {
      const arrays = Object.fromEntries(named.map(({ names, array }) => [names[0]!, array]));
      ask('setArrays', { model: this.#id }, arrays);
    }

    async predict(_: unknown, x: NdArray): Promise<NdArray> {
      return ask('predict', { model: this.#id }, { x }).arrays.outputs!;
    }

    async train(_: unknown, config: string, named: Named[]) {
      const arrays = Object.fromEntries(named.map(({ array }, i) => [String(i), array]));
      const names = Object.fromEntries(named.map(({ names: all }, i) => [String(i), all]));
      const answer = ask('train', { model: this.#id, config }, arrays, names);
      return historyOf(answer);
    }
  }

  class NativeFlow {
    readonly #id: number;
    readonly #parts: Record<string, NdArray>;

    constructor({ body, arrays }: Answer) {
      this.#id = body.flow as number;
      this.#parts = arrays;
      released.register(this, this.#id);
    }

    eigenvalues = () => this.#parts.eigenvalues!;
    eigenvectors = () => this.#parts.eigenvectors!;
    rates = () => this.#parts.rates!;

    async at(
      _: unknown,
      when: { learningRate: number; momentum?: number; steps: number },
      cross: NdArray,
      initial: NdArray,
    ) {
      const { learningRate, momentum = 0, steps } = when;
      const body = { flow: this.#id, when: [steps, learningRate, momentum] };
      return ask('flowAt', body, { cross, initial }).arrays.outputs!;
    }
  }

  const released = new FinalizationRegistry<number>((id) => ask('release', { id }));

  class Control {
    abort(): void {}
  }

  return {
    NativeModel,
    Control,
    checkMemory: () => {},
    networkArrays: (spec: string) => ask('networkArrays', { spec }).body,
    deriveSeeds: (seed: number, stream: string, count: number) => [
      ...ask('seeds', { seed, stream, count }).arrays.seeds!.data,
    ],
    spectrumNoise: (n: number, seed: number, stream: string, std: number) =>
      ask('noise', { n, seed, stream, std }).arrays.noise!,
    evaluateFormula: (text: string, names: string[], points: NdArray) =>
      ask('evaluate', { text, names }, { points }).arrays.values!,
    spectrumNudft(
      points: NdArray,
      values: { re: Float64Array; shape: number[] },
      frequencies: NdArray,
      tolerance: number,
      angular: boolean,
      normalize: boolean,
    ) {
      const signal: NdArray = { data: values.re, shape: values.shape };
      const { re, im } = ask(
        'nudft',
        { tolerance, angular, normalize },
        { points, values: signal, frequencies },
      ).arrays;
      return { re: re!.data, im: im!.data, shape: re!.shape };
    },
    async empiricalNtk(_: unknown, spec: string, parameters: NdArray[], buffers: NdArray[], x1: NdArray, x2?: NdArray) {
      const list = (kind: string, all: NdArray[]) => Object.fromEntries(all.map((array, i) => [`${kind}.${i}`, array]));
      const arrays = { ...list('parameters', parameters), ...list('buffers', buffers), x1, ...(x2 && { x2 }) };
      const counts = { parameters: parameters.length, buffers: buffers.length };
      return ask('empiricalNtk', { spec, ...counts }, arrays).arrays.kernel!;
    },
    async gradientFlow(_: unknown, kernel: NdArray, y: NdArray, initial: NdArray | undefined, terms: number) {
      return new NativeFlow(ask('gradientFlow', { terms }, { kernel, y, ...(initial && { initial }) }));
    },
  };
}

/** A history in the addon's form. */
function historyOf({ body, arrays }: Answer) {
  const probes = new Map<string, { name: string; fields: { name: string; array: NdArray }[] }>();
  const parts = new Map<string, { name: string; values: number[] }[]>();
  const moments: NdArray[] = [];
  for (const [key, array] of Object.entries(arrays)) {
    const [kind = '', ...rest] = key.split('.');
    const name = rest.join('.');
    if (kind === 'moments') moments.push(array);
    else if (kind === 'probes') {
      const field = rest.pop()!;
      const probe = rest.join('.');
      probes.set(probe, { name: probe, fields: [...(probes.get(probe)?.fields ?? []), { name: field, array }] });
    } else parts.set(kind, [...(parts.get(kind) ?? []), { name, values: [...array.data] }]);
  }
  const partsOf = (kind: string) => parts.get(kind) ?? [];
  return {
    steps: body.steps,
    loss: [...arrays.loss!.data],
    parts: partsOf('parts'),
    terms: partsOf('terms'),
    coefficients: partsOf('coefficients'),
    weights: partsOf('weights'),
    // The page's trainings are not resumed with these.
    lastWeights: [],
    lastCoefficients: partsOf('lastCoefficients'),
    probes: [...probes.values()],
    stopReason: body.stopReason,
    step: body.step,
    moments,
    simdPath: body.simdPath,
  };
}
