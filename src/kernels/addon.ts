import type * as Bindings from '../../bindings/index.cjs';
import type { NdArray } from '../ndarray.js';

type Options = Bindings.JsKernelOptions;
interface Top {
  values: NdArray;
  vectors: NdArray;
  residuals: NdArray;
  products: number;
  converged: boolean;
}
interface Operator {
  value: number;
  gradient: number[];
  second: number[];
}

/**
 * The addon's functions on kernels that an addon built before them does not declare: the sources type-check beside
 * either, and a call that is missing fails when it is made.
 */
export interface KernelFunctions {
  networkArrays(spec: string): { parameters: string[]; buffers: string[]; layers: string[]; outputs: number };
  analyticKernelError(control: Bindings.Control, spec: string, x: NdArray, options: Options): Promise<number>;
  eigvalsh(control: Bindings.Control, a: NdArray, threads: number): Promise<NdArray>;
  topEigen(control: Bindings.Control, a: NdArray, k: number, tolerance: number): Promise<Top>;
  topEigenNtk(
    control: Bindings.Control,
    spec: string,
    parameters: NdArray,
    buffers: NdArray,
    x: NdArray,
    k: number,
    tolerance: number,
    options: Options,
  ): Promise<Top>;
  svd(control: Bindings.Control, a: NdArray, threads: number): Promise<{ u: NdArray; values: NdArray; v: NdArray }>;
  cholesky(control: Bindings.Control, a: NdArray, ridge: number, threads: number): Promise<NdArray>;
  solvePsd(
    control: Bindings.Control,
    kernel: NdArray,
    y: NdArray,
    ridge: number,
    threads: number,
  ): Promise<{ x: NdArray; rank: number; conditionNumber: number }>;
  residualNtk(
    control: Bindings.Control,
    spec: string,
    parameters: NdArray,
    buffers: NdArray,
    x1: NdArray,
    first: Operator,
    x2: NdArray,
    second: Operator,
    options: Options,
  ): Promise<NdArray>;
}

/** The same of a decomposed kernel. */
export interface FlowFunctions {
  compare(
    control: Bindings.Control,
    when: { time: number; learningRate?: number; momentum?: number; steps?: number }[],
    outputs: NdArray,
    points?: NdArray | null,
    frequencies?: NdArray | null,
  ): Promise<{
    predicted: NdArray;
    measured: NdArray;
    predictedWaves: NdArray;
    measuredWaves: NdArray;
    targetWaves: NdArray;
    distance: NdArray;
  }>;
}
