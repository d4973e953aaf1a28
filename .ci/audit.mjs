// Known weaknesses of packages are a failure. A registry that does not answer is reported: nobody can do anything about it here.
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
let answer = {};
try {
  answer = JSON.parse(stdout);
} catch {
  // no JSON is no answer
}
const total = answer.metadata?.vulnerabilities?.total;
if (total === undefined)
  console.log(`NOT CHECKED: the registry does not answer (${answer.message ?? 'no reason given'})`);
else if (total === 0) console.log('no known weakness');
else {
  console.log(JSON.stringify(answer.vulnerabilities, null, 2));
  process.exitCode = 1;
}
