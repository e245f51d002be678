/** The part of ONNX's format (onnx.proto, https://onnx.ai) that networks here have, by protobufjs. */
import { protobuf } from './protobuf.js';

/** A named array; `raw_data` or the list of its type holds the numbers. */
export interface OnnxTensor {
  dims?: number[];
  dataType: number;
  name?: string;
  floatData?: number[];
  int32Data?: number[];
  int64Data?: number[];
  doubleData?: number[];
  rawData?: Uint8Array;
  externalData?: { key: string; value: string }[];
  dataLocation?: number;
}

export interface OnnxAttribute {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: OnnxTensor;
  floats?: number[];
  ints?: number[];
}

export interface OnnxNode {
  input?: string[];
  output?: string[];
  name?: string;
  opType: string;
  domain?: string;
  attribute?: OnnxAttribute[];
}

export interface OnnxValue {
  name: string;
  type?: { tensorType?: { elemType?: number; shape?: { dim?: { dimValue?: number; dimParam?: string }[] } } };
}

export interface OnnxModel {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  opsetImport?: { domain?: string; version?: number }[];
  graph?: { name?: string; node?: OnnxNode[]; initializer?: OnnxTensor[]; input?: OnnxValue[]; output?: OnnxValue[] };
}

const field = (type: string, id: number, options?: Record<string, unknown>) => ({
  type,
  id,
  ...(options && { options }),
});
const list = (type: string, id: number, packed = false) => ({
  rule: 'repeated',
  type,
  id,
  ...(packed ? { options: { packed: true } } : { options: { packed: false } }),
});

const root = protobuf.Root.fromJSON({
  nested: {
    Entry: { fields: { key: field('string', 1), value: field('string', 2) } },
    Tensor: {
      fields: {
        dims: list('int64', 1),
        dataType: field('int32', 2),
        floatData: list('float', 4, true),
        int32Data: list('int32', 5, true),
        int64Data: list('int64', 7, true),
        name: field('string', 8),
        rawData: field('bytes', 9),
        doubleData: list('double', 10, true),
        externalData: list('Entry', 13),
        dataLocation: field('int32', 14),
      },
    },
    Attribute: {
      fields: {
        name: field('string', 1),
        f: field('float', 2),
        i: field('int64', 3),
        s: field('bytes', 4),
        t: field('Tensor', 5),
        floats: list('float', 7),
        ints: list('int64', 8),
        type: field('int32', 20),
      },
    },
    Node: {
      fields: {
        input: list('string', 1),
        output: list('string', 2),
        name: field('string', 3),
        opType: field('string', 4),
        attribute: list('Attribute', 5),
        domain: field('string', 7),
      },
    },
    Dimension: { fields: { dimValue: field('int64', 1), dimParam: field('string', 2) } },
    Shape: { fields: { dim: list('Dimension', 1) } },
    TensorType: { fields: { elemType: field('int32', 1), shape: field('Shape', 2) } },
    Type: { fields: { tensorType: field('TensorType', 1) } },
    Value: { fields: { name: field('string', 1), type: field('Type', 2) } },
    Graph: {
      fields: {
        node: list('Node', 1),
        name: field('string', 2),
        initializer: list('Tensor', 5),
        input: list('Value', 11),
        output: list('Value', 12),
      },
    },
    Opset: { fields: { domain: field('string', 1), version: field('int64', 2) } },
    Model: {
      fields: {
        irVersion: field('int64', 1),
        producerName: field('string', 2),
        producerVersion: field('string', 3),
        graph: field('Graph', 7),
        opsetImport: list('Opset', 8),
      },
    },
  },
});

const model = root.lookupType('Model');

/** @throws what the parser throws for bytes that are no such message */
export const decodeModel = (bytes: Uint8Array): OnnxModel =>
  model.toObject(model.decode(bytes), { longs: Number, arrays: true }) as OnnxModel;

export const encodeModel = (value: OnnxModel): Uint8Array => model.encode(model.fromObject(value)).finish();

/** Types of tensors by their number. */
export const FLOAT = 1;
export const INT32 = 6;
export const INT64 = 7;
export const FLOAT16 = 10;
export const DOUBLE = 11;

/** Types of attributes by their number. */
export const attributeTypes = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7 } as const;
