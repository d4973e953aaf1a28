/**
 * The suites of .ci/run. Stages run one after another. The lanes of a stage run in parallel, the suites of a lane in order.
 *
 * name       shown in the output
 * command    argument list, run in the root folder without a shell or stdin
 * counts     true: the last line of stdout is `N passed, M failed`. Otherwise the suite counts as one test, by its exit code.
 * required   if it fails, later suites are not run and count as failed
 * optional   it may print NOT CHECKED, which fails any other suite
 * minutes    time limit; a suite that exceeds it is killed and fails (default: 10)
 */
const npm = (...args) => ['npm', 'run', ...args];
const step = (name, ...command) => ({ name, command });
const suite = (name, ...command) => ({ name, command, counts: true });

// Parallel to npm, because both mostly wait for the network. In order, because apt-get takes a lock.
const debian = [
  step('install zzuf', 'test/fuzz/install-zzuf.sh'),
  step('install RADOS Gateway', 'test/s3/install-radosgw.sh'),
  step('install promtool', 'ops/install-promtool.sh'),
  step('install docker-compose', 'ops/install-compose.sh'),
  step('install nginx', 'ops/install-nginx.sh'),
  step('install gRPC for Python', 'test/clients/install-python-grpc.sh'),
  step('install Chromium', 'test/browser/install-chromium.sh'),
];

const generated = ['proto', 'src/generated', 'docs/settings.md', 'openapi.json', 'openapi.d.ts'];
const build = [
  // npm ci also builds, in its script `prepare`.
  { ...step('npm ci and build', 'npm', 'ci', '--no-audit', '--no-fund', '--foreground-scripts'), required: true },
  step('generate proto', ...npm('proto')),
  step('generate the table of settings', ...npm('docs:settings')),
  step('generate openapi.json', ...npm('openapi')),
  step('generated files are committed', 'git', 'diff', '--exit-code', '--', ...generated),
];

const reading = [
  step('lint', ...npm('lint')),
  step('types', ...npm('typecheck')),
  step('proto is compatible', ...npm('proto:breaking')),
  step('OpenAPI rules', ...npm('openapi:lint')),
  { ...step('npm audit', 'node', '.ci/audit.mjs'), optional: true },
  step('promtool', 'ops/check.sh'),
  step('docker-compose.yml', 'ops/check-compose.sh'),
];

// In order: each starts its own servers, and some have deadlines that fail on a busy machine.
const outside = [
  suite('browser', ...npm('test:browser')),
  suite('clients', ...npm('test:clients')),
  suite('S3', ...npm('test:s3')),
  suite('scaled', ...npm('test:scaled')),
  suite('faults', ...npm('test:faults', '--', '--rounds', '1', '--only', 'migrations,kills')),
  suite('zzuf', 'env', 'ZZUF_SEEDS=1', 'ZZUF_RATIOS=0.0005', 'test/fuzz/zzuf.sh'),
  suite('image', ...npm('test:image')),
  suite('longest silence', ...npm('test:silence')),
];

/**
 * Time limit for everything. It should take 25 minutes on two cores; a shared machine may take longer. Suites still running at the
 * limit are killed, so that the totals are still printed.
 */
export const minutes = 60;
export const stages = [[debian, build], [reading, [{ ...suite('npm test', 'npm', 'test'), minutes: 30 }]], [outside]];
