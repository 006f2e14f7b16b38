import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runRik, temporaryFolder } from '../run-rik.ts';

const test = suite('cli/doctor/doctor');

type Report = { ready: boolean; missingPackages: string[]; findings: { name: string; status: string; needed: string; found: string; fix?: string }[] };

async function examine(path: string | undefined): Promise<{ exitCode: number | null; report: Report; people: string }> {
  using home = temporaryFolder();
  const environment = { RIK_HOME: home.path, ...(path === undefined ? {} : { PATH: path }) };
  const end = await runRik(['doctor', '--json'], { environment });
  const report: Report = JSON.parse(end.stdout);
  return { exitCode: end.exitCode, report, people: (await runRik(['doctor'], { environment })).stdout };
}

test('on this machine every line says ok or missing, what is missing has a fix, and the exit code agrees', async () => {
  const { exitCode, report, people } = await examine(process.env.PATH);
  assert.is(exitCode, report.ready ? 0 : 3);
  assert.is(report.ready, report.findings.every(({ status, needed }) => status === 'ok' || needed === 'optional'));
  for (const { name, status, found, fix } of report.findings) {
    assert.ok(status === 'ok' || status === 'missing', name);
    assert.ok(found !== '', name);
    assert.is(fix === undefined, status === 'ok', name);
    assert.match(people, name);
  }
  assert.match(people, report.ready ? 'This machine can run functions.' : 'This machine cannot run functions yet.');
});

test('the report names what people ask about', async () => {
  const { report } = await examine(process.env.PATH);
  const names = report.findings.map(({ name }) => name);
  const asked = ['kernel', 'distribution', 'architecture', 'cgroup layout', 'cgroup memory', 'cgroup cpu', 'cgroup pids', 'namespace user', 'namespace pid', 'namespace mount', 'namespace net', 'namespace ipc', 'namespace uts', 'namespace cgroup', 'sandbox', 'seccomp', 'kvm', 'bwrap', 'buildah', 'mmdebstrap', 'javac', 'busybox', 'newuidmap', 'node', 'npm', 'disk', 'memory', 'run functions as root', 'run functions unprivileged', 'build images'];
  if (process.platform === 'linux') assert.equal(asked.filter((name) => !names.includes(name)), []);
  assert.is(new Set(names).size, names.length);
});

for (const path of ['', '/nonexistent/bin']) {
  test(`with PATH "${path}" every tool is missing, the packages are named, and the end is ENVIRONMENT`, async () => {
    const { exitCode, report, people } = await examine(path);
    assert.is(exitCode, 3);
    assert.not(report.ready);
    const packages = ['bubblewrap', 'buildah', 'busybox-static', 'mmdebstrap', 'openjdk-17-jdk-headless', 'uidmap', 'util-linux'];
    assert.equal(packages.filter((name) => !report.missingPackages.includes(name)), []);
    for (const name of ['bwrap', 'buildah', 'mmdebstrap', 'javac', 'busybox', 'newuidmap', 'sandbox', 'seccomp', 'build images']) {
      const finding = report.findings.find((candidate) => candidate.name === name);
      assert.is(finding?.status, 'missing', name);
      assert.ok((finding?.fix ?? '') !== '', name);
    }
    assert.match(people, 'Everything that is missing: ');
    assert.match(people, 'bubblewrap');
  });
}

test('without a PATH at all the report is the same as with an empty one', async () => {
  assert.is((await examine(undefined)).exitCode, 3);
});

test('the report has no colours in a pipe', async () => {
  assert.not.match((await examine('')).people, '\u001b');
});

test.run();
