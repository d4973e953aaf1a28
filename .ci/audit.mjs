// Fails if a dependency has a known vulnerability. If the registry does not answer, it only prints NOT CHECKED.
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
let answer = {};
try {
  answer = JSON.parse(stdout);
} catch {
  // The registry did not answer.
}
const total = answer.metadata?.vulnerabilities?.total;
if (total === undefined)
  console.log(`NOT CHECKED: the registry does not answer (${answer.message ?? 'no reason given'})`);
else if (total === 0) console.log('no known vulnerability');
else {
  console.log(JSON.stringify(answer.vulnerabilities, null, 2));
  process.exitCode = 1;
}
