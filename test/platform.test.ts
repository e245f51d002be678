/** The engine's package for a platform, and what is said where it is missing. */
import { describe, expect, it } from 'vitest';
import { engineFile, howToGetTheEngine, platformName } from '../src/core/platform.js';

describe('the engine of a platform', () => {
  it('has the name of its package', () => {
    expect(platformName({ platform: 'darwin', arch: 'arm64' })).toBe('darwin-arm64');
    expect(platformName({ platform: 'win32', arch: 'x64' })).toBe('win32-x64-msvc');
    expect(platformName({ platform: 'linux', arch: 'arm64' })).toMatch(/^linux-arm64-(gnu|musl)$/);
  });

  it('is the file that the loader takes', () => {
    expect(engineFile()).toContain(`fprinciple.${platformName()}.node`);
  });

  it('is said to be missing with what to do: in a clone, where npm left it out, where there is none', () => {
    expect(howToGetTheEngine()).toBe('in a clone, run `npm run build`');
    const installed = { version: '1.2.3', optionalDependencies: { 'fprinciple-linux-x64-gnu': '1.2.3' } };
    expect(howToGetTheEngine('linux-x64-gnu', installed, false)).toContain(
      'npm install fprinciple-linux-x64-gnu@1.2.3',
    );
    const other = howToGetTheEngine('freebsd-x64', installed, false);
    expect(other).toContain('there is no package for freebsd-x64, only for linux-x64-gnu');
    expect(other).toContain('npm run build');
  });
});
