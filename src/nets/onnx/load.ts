import { checkPath } from '../../core/files.js';
import type { DType } from '../../core/ndarray.js';
import { checkChoice, checkOptions } from '../../core/options.js';
import { createModel, type Model } from '../model.js';
import { readOnnx } from './read.js';

/**
 * The model of an ONNX file whose graph is a chain, with branches that are added or concatenated, as PyTorch
 * (`torch.onnx.export`) and others write it.
 *
 * Read are `Gemm`, `MatMul`, `Add` (a bias), `Add`, `Sum` and `Concat` of branches (`residual` and `branches`
 * here), `Mul` and `Div` by a number, `Conv`, `MaxPool`, `AveragePool` and their global kinds,
 * `BatchNormalization`, `LayerNormalization`, `Flatten`, `Reshape` (that flattens), `Relu`, `LeakyRelu`, `Elu`, `Clip` (from 0),
 * `Tanh`, `Sigmoid`, `Erf`, `Gelu`, `Softplus`, `Sin`, `Cos`, SiLU and GELU as PyTorch writes them out, `Dropout` and `Identity`
 * (passed over). A softmax at the end is left off: outputs are logits, as `crossEntropy` takes them. Weights may lie in a file
 * beside the model (`model.onnx.data`).
 *
 * @param options `dtype`: that of the model; default: that of the file, f32 or f64
 * @throws `IO` for a file that cannot be read, is no ONNX model or is cut short; `INVALID_ARGUMENT` naming the node that has no
 *   counterpart, and its field; `NON_FINITE`
 */
export function loadOnnx(
  path: string,
  options: {
    /** Of the model. Default: that of the file. */
    dtype?: DType;
  } = {},
): Model {
  const { dtype } = checkOptions(options, ['dtype']);
  checkChoice(dtype, ['f32', 'f64'], 'dtype');
  checkPath(path);
  const { spec, arrays, dtype: own } = readOnnx(path);
  const model = createModel(spec, { seed: 0, dtype: dtype ?? own });
  model.setParameters(arrays);
  return model;
}
