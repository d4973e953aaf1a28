import { relative } from 'node:path';

const SLOWEST = 10;

/** Lists the slowest specs, and ends the output with `N passed, M failed`. */
export default class Summary {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_contexts, { testResults, numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    const took = testResults.map(({ testFilePath, perfStats }) => ({
      name: relative(this.rootDir, testFilePath),
      seconds: (perfStats.runtime / 1000).toFixed(1),
    }));
    const slowest = took.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
    const lines = slowest.map(({ name, seconds }) => `slow ${seconds.padStart(6)} s  ${name}\n`);
    process.stdout.write(
      `\n${lines.join('')}${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed\n`,
    );
  }
}
