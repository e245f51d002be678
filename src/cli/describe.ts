/** `fprinciple describe <id>`. */
import { Command } from 'commander';
import { presetNames } from '../experiment/define.js';
import { type JsonSchema, parametersSchema, resolveParameters } from '../experiment/parameters.js';
import { findExperiments } from '../runs/find.js';
import { columns, duration, wrap, writeJson, writeLine } from './output.js';

export const describeCommand = (): Command =>
  new Command('describe')
    .description('one experiment in full: what it claims, where it comes from, every parameter')
    .argument('<id>', 'an id of `fprinciple list`, or a file of your own')
    .option('--json', 'as JSON, the schema of the parameters included')
    .option('--schema', "only the parameters' JSON Schema, for an editor or a form")
    .action(async (id: string, { json, schema }: { json?: boolean; schema?: boolean }) => {
      for (const experiment of await findExperiments(id)) {
        const parameters = parametersSchema(experiment.parameters);
        const presets = Object.fromEntries(
          presetNames.map((name) => [
            name,
            resolveParameters(experiment.parameters, experiment.presets[name]) as Record<string, unknown>,
          ]),
        );
        const { title, source, statement, formula, seconds, data } = experiment;
        if (schema) writeJson(parameters);
        else if (json)
          writeJson({ id: experiment.id, title, source, statement, formula, seconds, data, presets, parameters });
        else {
          writeLine(`${experiment.id}: ${title}`);
          writeLine(`source: ${source}`);
          if (data.length > 0) writeLine(`data: ${data.join(', ')}`);
          writeLine(
            `time on two cores: ${presetNames.map((name) => `${name} about ${duration(seconds[name])}`).join(', ')}`,
          );
          writeLine();
          for (const line of wrap(statement)) writeLine(line);
          writeLine();
          if (formula !== undefined) {
            for (const line of wrap(formula, '  ')) writeLine(line);
            writeLine();
          }
          const rows = leaves(parameters).map(({ path, description }) => [
            `  ${path}`,
            ...presetNames.map((name) => show(at(presets[name], path))),
            description,
          ]);
          for (const line of columns([['  parameter', ...presetNames, ''], ...rows])) writeLine(line);
          writeLine();
          writeLine(`Change one: fprinciple run ${id} --set ${leaves(parameters)[0]?.path ?? 'parameter'}=value`);
        }
      }
    });

/** Every parameter that is not itself an object of parameters, by its dotted path. */
function leaves(schema: JsonSchema, path = ''): { path: string; description: string }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inside]) => {
    const here = path === '' ? name : `${path}.${name}`;
    return inside.properties ? leaves(inside, here) : [{ path: here, description: inside.description ?? '' }];
  });
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((v, name) => (Object(v) as Record<string, unknown>)[name], value);
}

function show(value: unknown): string {
  const text = value === undefined ? '-' : JSON.stringify(value);
  return text.length > 34 ? `${text.slice(0, 31)}...` : text;
}
