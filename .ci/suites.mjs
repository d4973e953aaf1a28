/**
 * What .ci/run runs. Stages run one after another. The lanes of a stage run at the same time, the suites of a lane in order.
 *
 * name       shown in the output
 * command    an argument list, run in the root folder without a shell and without stdin
 * counts     true: the last line of its stdout is `N passed, M failed`. Otherwise the suite counts as one test, by its exit code.
 * required   when it fails, the suites after it are not run, and each counts as failed
 * optional   it may print NOT CHECKED. Anywhere else that is a failure.
 * minutes    it is killed after that, and has failed (default: 10)
 */
const npm = (...args) => ['npm', 'run', ...args];
const step = (name, ...command) => ({ name, command });
const suite = (name, ...command) => ({ name, command, counts: true });

// beside npm, because both mostly wait for the network; one after another, because apt-get locks
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
  // its script `prepare` is the build
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

// One after another: each starts servers of its own, and some have deadlines that a busy machine would break.
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
 * The aim is 25 minutes on two cores. A machine that others use as well may take longer; what runs at the end of this time is killed,
 * so that the sum is still printed.
 */
export const minutes = 60;
export const stages = [[debian, build], [reading, [{ ...suite('npm test', 'npm', 'test'), minutes: 30 }]], [outside]];
