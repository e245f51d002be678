/** `fprinciple describe <id>`. */
import { Command } from 'commander';
import { presetNames } from '../experiment/define.js';
import { parameterList, presetParameters } from '../experiment/listing.js';
import { parametersSchema } from '../experiment/parameters.js';
import { findExperiments } from '../runs/find.js';
import { training } from '../sweeps/training.js';
import { columns, duration, wrap, writeJson, writeLine } from './output.js';

export const describeCommand = (): Command =>
  new Command('describe')
    .description('one experiment in full: what it claims, where it comes from, every parameter')
    .argument('<id>', 'an id of `fprinciple list`, `training` (described as data, for sweeps), or a file of your own')
    .option('--json', 'as JSON, the schema of the parameters included')
    .option('--schema', "only the parameters' JSON Schema, for an editor or a form")
    .action(async (id: string, { json, schema }: { json?: boolean; schema?: boolean }) => {
      for (const experiment of id === training.id ? [training] : await findExperiments(id)) {
        const parameters = parametersSchema(experiment.parameters);
        const list = parameterList(experiment);
        const { title, source, statement, formula, seconds, data } = experiment;
        if (schema) writeJson(parameters);
        else if (json)
          writeJson({
            id: experiment.id,
            title,
            source,
            statement,
            formula,
            seconds,
            data,
            presets: presetParameters(experiment),
            parameters,
          });
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
          const rows = list.map(({ path, values, description }) => [
            `  ${path}`,
            ...presetNames.map((name) => show(values[name])),
            description,
          ]);
          for (const line of columns([['  parameter', ...presetNames, ''], ...rows])) writeLine(line);
          writeLine();
          const verb = experiment === training ? 'sweep' : 'run';
          writeLine(`Change one: fprinciple ${verb} ${id} --set ${list[0]?.path ?? 'parameter'}=value`);
        }
      }
    });

function show(value: unknown): string {
  const text = value === undefined ? '-' : JSON.stringify(value);
  return text.length > 34 ? `${text.slice(0, 31)}...` : text;
}
