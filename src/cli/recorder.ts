/** `fprinciple recorder`. */
import { Command } from 'commander';
import { pythonRecorder } from '../measure/recorder.js';

export const recorderCommand = (): Command =>
  new Command('recorder')
    .description(
      'print the recorder for Python, one file for its standard library: fprinciple recorder > fprinciple_recorder.py ' +
        '(docs/measure-your-training.md); `fprinciple measure` reads what it records',
    )
    .action(() => {
      process.stdout.write(pythonRecorder());
    });
