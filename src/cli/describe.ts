/** `fprinciple describe <id>`. */
import { Command } from 'commander';
import { presetNames } from '../experiment/define.js';
import { parameterList, presetParameters } from '../experiment/listing.js';
import { parametersSchema } from '../experiment/parameters.js';
import { findExperiments } from '../runs/find.js';
import { training } from '../sweeps/plan/training.js';
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
            list,
            parameters,
          });
        else {
          writeLine(`${experiment.id}: ${title}`);
          writeLine(`source: ${source}`);
          if (data.length > 0) writeLine(`data: ${data.join(', ')}`);
          const timed = presetNames.filter((name) => seconds[name] !== undefined);
          if (timed.length > 0) {
            const times = timed.map((name) => `${name} about ${duration(seconds[name])}`);
            writeLine(`time on two cores: ${times.join(', ')}`);
          }
          writeLine();
          for (const line of wrap(statement)) writeLine(line);
          writeLine();
          if (formula !== undefined) {
            for (const line of wrap(formula, '  ')) writeLine(line);
            writeLine();
          }
          // What is the same in every preset is one default.
          const same = list.every(({ values: { quick, paper } }) => JSON.stringify(quick) === JSON.stringify(paper));
          const rows = list.map((parameter) => {
            const { path, type, unit = '', values, description, of, defaults } = parameter;
            const given = same ? [show(parameter.default)] : presetNames.map((name) => show(values[name]));
            // Of kinds with a default of their own each is named with it.
            const kinds = of?.map((kind) => (defaults ? `${kind} ${show(defaults[kind])}` : kind)).join(', ');
            const which = kinds ? `${kinds}${description === '' ? '' : ': '}` : '';
            return [`  ${path}`, short(type), unit, ...given, `${which}${description}`];
          });
          const head = ['  parameter', 'type', 'unit', ...(same ? ['default'] : presetNames), ''];
          for (const line of columns([head, ...rows])) writeLine(line);
          writeLine();
          const verb = experiment === training ? 'sweep' : 'run';
          writeLine(`Change one: fprinciple ${verb} ${id} --set ${list[0]?.path ?? 'parameter'}=value`);
        }
      }
    });

const short = (text: string): string => (text.length > 34 ? `${text.slice(0, 31)}...` : text);

const show = (value: unknown): string => (value === undefined ? '-' : short(JSON.stringify(value)));
