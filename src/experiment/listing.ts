/** The parameters of an experiment as a reader wants them: one a line, with its value in each preset. */
import { type Experiment, type PresetName, presetNames } from './define.js';
import { type JsonSchema, parametersSchema, resolveParameters } from './parameters.js';

export interface ListedParameter {
  /** Dotted path, as `--set` takes it. */
  path: string;
  description: string;
  /** What it is in each preset; `undefined` where the preset has none. */
  values: Record<PresetName, unknown>;
}

/** The resolved parameters of every preset. */
export function presetParameters(experiment: Experiment): Record<PresetName, Record<string, unknown>> {
  const entries = presetNames.map((name) => [
    name,
    resolveParameters(experiment.parameters, experiment.presets[name]) as Record<string, unknown>,
  ]);
  return Object.fromEntries(entries) as Record<PresetName, Record<string, unknown>>;
}

/** Every parameter that is not itself an object of parameters. */
export function parameterList(experiment: Experiment): ListedParameter[] {
  const presets = presetParameters(experiment);
  return leaves(parametersSchema(experiment.parameters)).map(({ path, description }) => ({
    path,
    description,
    values: Object.fromEntries(presetNames.map((name) => [name, at(presets[name], path)])) as Record<
      PresetName,
      unknown
    >,
  }));
}

function leaves(schema: JsonSchema, path = ''): { path: string; description: string }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inside]) => {
    const here = path === '' ? name : `${path}.${name}`;
    return inside.properties ? leaves(inside, here) : [{ path: here, description: inside.description ?? '' }];
  });
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((v, name) => (Object(v) as Record<string, unknown>)[name], value);
}
