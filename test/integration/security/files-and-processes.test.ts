/** Attacks through files, /proc, descriptors, processes and the sandbox's own network, from a function and from a server that was taken over. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listed, openFixture } from '../isolation/sandbox-fixture.ts';

/** User ids, on the host, of the sandboxes' outermost processes: children of this one. */
function childUids(): number[] {
  return listed('/proc').filter(Number).flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
      return field('PPid') === String(process.pid) && field('Name') === 'bwrap' && field('State') !== 'Z' ? [Number(field('Uid'))] : [];
    } catch {
      return [];
    }
  });
}

const opened = await openFixture();
const test = suite('integration/security/files-and-processes');

if (opened.fixture === undefined) {
  test.skip(`files and processes of others are out of reach (${opened.reason})`, () => undefined);
  console.log(`skip: ${opened.reason}`);
} else {
  const { fixture } = opened;
  const { capabilities } = await fixture.backend.probe();
  const sandbox = await fixture.bound();
  const secretPath = join(fixture.folder, 'secret');
  writeFileSync(secretPath, 'secret', { mode: 0o644 });
  const shell = async (script: string): Promise<string> => {
    const { stdout, stderr } = await sandbox.shell(script);
    return stdout + stderr;
  };

  test('files of the host are not reachable by any way up', async () => {
    for (const path of [secretPath, `/proc/1/root${secretPath}`, `/proc/self/root/../..${secretPath}`, `/proc/self/cwd/../../..${secretPath}`, `/var/task/../../..${secretPath}`]) {
      assert.match(await shell(`cat '${path}'`), /No such file|Permission denied/, path);
    }
    assert.match(await shell('cat /etc/shadow /root/.profile'), /No such file/);
    assert.is((await shell('ls /proc/1/root/')).trim(), (await shell('ls /')).trim());
  });

  test('nothing but /tmp and /run/ctl can be written', async () => {
    for (const folder of ['/', '/usr', '/etc', '/opt', '/var/task', '/var/runtime', '/var/rapid', '/run', '/home', '/dev', '/dev/shm', '/dev/pts', '/bin', '/proc', '/proc/self', '/var']) {
      assert.match(await shell(`echo x > ${folder}/attack`), /Read-only file system|No such file|Permission denied|nonexistent directory/, folder);
    }
    assert.is(await shell('echo x > /tmp/a && echo x > /run/ctl/a && cat /tmp/a /run/ctl/a'), 'x\nx\n');
  });

  test('/run/ctl is small', async () => {
    assert.match(await shell('/bin/busybox dd if=/dev/zero of=/run/ctl/big bs=64k count=64 2>&1; /bin/busybox rm /run/ctl/big'), /No space left/);
  });

  test('devices of the host do not exist', async () => {
    for (const name of ['mem', 'kmem', 'kmsg', 'kvm', 'fuse', 'loop-control', 'loop0', 'net/tun', 'vda', 'sda', 'vsock', 'vhost-net', 'port', 'uinput', 'userfaultfd', 'console', 'mqueue']) {
      assert.match(await shell(`cat /dev/${name}`), /No such file|No such device/, name);
    }
  });

  test('telling and acting files of /proc are masked', async () => {
    for (const name of ['kcore', 'keys', 'key-users', 'timer_list', 'cmdline', 'kallsyms', 'config.gz', 'interrupts', 'sysrq-trigger', 'kmsg', 'kpagecount', 'slabinfo']) {
      if (existsSync(`/proc/${name}`)) assert.match(await shell(`cat /proc/${name}`), /Permission denied|Operation not permitted|No such/, name);
    }
  });

  test('kernel settings cannot be written', async () => {
    for (const path of ['sys/kernel/core_pattern', 'sys/kernel/hostname', 'sys/net/ipv4/ip_forward', 'sys/vm/drop_caches', 'sys/user/max_user_namespaces', 'sysrq-trigger', 'self/oom_score_adj', 'self/uid_map', 'self/setgroups', 'self/attr/current', '1/mem', 'self/mem']) {
      assert.match(await shell(`echo 0 > /proc/${path}`), /Read-only file system|Permission denied|No such file|nonexistent/, path);
    }
  });

  test('the boot id is the sandbox’s own', async () => {
    const seen = (await shell('cat /proc/sys/kernel/random/boot_id')).trim();
    assert.match(seen, /^[0-9a-f-]{36}$/);
    assert.is.not(seen, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  });

  test('the command line and environment of the first process tell nothing', async () => {
    const commandLine = await shell('cat /proc/1/cmdline');
    assert.match(commandLine, /bwrap/);
    for (const leak of [fixture.folder, 'MARK', 'setenv', 'bind']) assert.not.ok(commandLine.includes(leak), leak);
    const environment = String(await sandbox.evaluate(`try { require('fs').readFileSync('/proc/1/environ', 'utf8') } catch (error) { error.code }`));
    for (const leak of [fixture.folder, 'MARK', process.cwd(), 'HOME']) assert.not.ok(environment.includes(leak), leak);
  });

  test('control group paths of the host do not show', async () => {
    const lines = (await shell('cat /proc/self/cgroup /proc/1/cgroup')).trim().split('\n');
    for (const line of lines) assert.match(line, /:(\/|\/\.\.\/[0-9a-f]{16}-function)$/);
  });

  test('processes of the host and of neighbours do not show and cannot be signalled', async () => {
    const neighbour = await fixture.bound();
    const mark = randomUUID();
    const running = await neighbour.start(['/bin/busybox', 'sh', '-c', `exec -a ${mark} /bin/busybox sleep 600`.replace(/exec -a \S+ /, 'exec ')], { env: { MARK: mark } });
    const list = await shell('for p in /proc/[0-9]*; do /bin/busybox tr "\\0" " " < $p/cmdline; /bin/busybox tr "\\0" " " < $p/environ; done 2>/dev/null');
    assert.not.ok(list.includes(mark));
    // The killer reaches its own tree only, and ends it.
    const killer = await fixture.bound();
    void killer.shell(`for p in ${process.pid} ${running.pid} 1; do [ $p = $$ ] || kill -9 $p; done; kill -9 -1`);
    assert.equal(await killer.sandbox.died, { cause: 'signaled', signal: 'SIGKILL' });
    await killer.sandbox.destroy();
    const outcome = await Promise.race([running.exited, new Promise((resolve) => setTimeout(resolve, 50, 'lives'))]);
    assert.is(outcome, 'lives');
    await neighbour.sandbox.destroy();
  });

  test('only 0, 1 and 2 are open in a program of the function', async () => {
    const fresh = await fixture.bound();
    // The listing program itself opens one more for the folder.
    const { stdout } = await fresh.run(['/bin/busybox', 'ls', '-l', '/proc/self/fd']);
    const open = [...stdout.matchAll(/ (\d+) -> (\S+)/g)].map(([, number, target]) => ({ number: Number(number), target: target ?? '' }));
    assert.equal(open.filter(({ target }) => !/\/proc\/\d+\/fd/.test(target)).map(({ number }) => number), [0, 1, 2]);
    await fresh.sandbox.destroy();
  });

  test('the server holds no descriptor of the launch chain or of the host', async () => {
    const fresh = await fixture.bound();
    const targets = String(await fresh.evaluate(`require('fs').readdirSync('/proc/self/fd').map((fd) => { try { return fd + ' ' + require('fs').readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } }).join('\\n')`));
    for (const line of targets.split('\n')) assert.match(line, /^$|^\d+ (socket:|pipe:|anon_inode:|\/dev\/null|\/proc\/\d+\/fd|\/dev\/urandom)/);
    for (const line of targets.split('\n').filter((entry) => /^[4-9] /.test(entry))) assert.not.match(line, /socket|pipe.*bpf|\.bpf/, line);
    await fresh.sandbox.destroy();
  });

  test('setuid programs give nothing', async () => {
    assert.match(await shell('/usr/bin/su -c id'), /must be suid|Operation not permitted|incorrect|Permission denied|can't/i);
    assert.match(await shell('/bin/busybox cp /bin/busybox /tmp/busybox && /bin/busybox chmod 4755 /tmp/busybox && /tmp/busybox id'), /^uid=993\S* gid=990$/m);
    assert.match(await shell('/bin/busybox chown 0:0 /tmp/busybox'), /Operation not permitted|Invalid argument/);
  });

  test('higher priority and wider limits are refused', async () => {
    assert.match(await shell('/bin/busybox renice -n -5 -p $$'), /Permission denied|Operation not permitted/);
    assert.match(await shell('ulimit -n 4096'), /Operation not permitted|error/);
    assert.match(await shell('ulimit -c unlimited'), /Operation not permitted|error/);
    assert.is(await shell('ulimit -n; ulimit -c; ulimit -l'), '1024\n0\n64\n');
  });

  test('descriptors end at 1,024', async () => {
    const opened = await sandbox.evaluate(`(() => { const list = []; try { for (;;) list.push(require('fs').openSync('/dev/null', 'r')); } catch (error) { return error.code; } finally { for (const fd of list) require('fs').closeSync(fd); } })()`);
    assert.is(opened, 'EMFILE');
  });

  test('the network is an own loopback and nothing else', async () => {
    assert.is((await shell('/bin/busybox grep -c : /proc/net/dev; /bin/busybox ip -o addr')).match(/\blo\b/g)?.length !== 0, true);
    assert.match(await shell('cat /proc/net/dev'), /\blo:/);
    assert.not.match(await shell('cat /proc/net/dev'), /eth|veth|ens|wl/);
    const server = createServer((socket) => socket.end('host')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const connect = (host: string, at: number): string => `new Promise((resolve) => { const socket = require('net').connect({ host: '${host}', port: ${at}, timeout: 2000 }, () => resolve('connected')); socket.on('error', (error) => resolve(error.code)); socket.on('timeout', () => resolve('ETIMEDOUT')); })`;
    assert.is(await sandbox.evaluate(connect('127.0.0.1', port)), 'ECONNREFUSED');
    for (const host of ['169.254.169.254', '10.0.0.1', '8.8.8.8', 'fd00:ec2::254']) assert.match(String(await sandbox.evaluate(connect(host, 80))), /ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL/, host);
    assert.is(await sandbox.evaluate(`new Promise((resolve) => { const server = require('net').createServer((socket) => socket.end('own')).listen(0, '127.0.0.1', () => require('net').connect(server.address().port, '127.0.0.1').on('data', (data) => { server.close(); resolve(String(data)); })); })`), 'own');
    server.close();
  });

  test('abstract unix sockets of the host are out of reach', async () => {
    const name = `\0rik-${randomUUID()}`;
    const server = createServer().listen({ path: name });
    await new Promise((resolve) => server.once('listening', resolve));
    const outcome = await sandbox.evaluate(`new Promise((resolve) => require('net').connect({ path: ${JSON.stringify(name)} }, () => resolve('connected')).on('error', (error) => resolve(error.code)))`);
    assert.is(outcome, 'ECONNREFUSED');
    server.close();
  });

  test('on the host every sandbox has its own user id', async () => {
    if (!capabilities.distinctUid.available) return console.log(`skip: ${capabilities.distinctUid.how}`);
    const other = await fixture.bound();
    const uids = childUids();
    assert.is(new Set(uids).size, uids.length);
    for (const uid of uids) assert.ok(uid >= 2 ** 30, String(uid));
    assert.ok(uids.length >= 2);
    await other.sandbox.destroy();
  });

  test('links in /tmp to the host are not followed when the sandbox is removed', async () => {
    const fresh = await fixture.bound();
    await fresh.shell(`/bin/busybox ln -s ${fixture.codePath} /tmp/link; /bin/busybox ln -s / /tmp/root; i=0; while [ $i -lt 200 ]; do /bin/busybox mkdir d || break; cd d; i=$((i+1)); done; echo x > "/tmp/a\nb"`);
    await fresh.sandbox.destroy();
    assert.ok(existsSync(join(fixture.codePath, 'handler.txt')));
  });

  test('the next sandbox finds nothing of the one before in its /tmp', async () => {
    const mark = randomUUID();
    const first = await fixture.bound();
    await first.shell(`i=0; while [ $i -lt 2000 ]; do echo ${mark}; i=$((i+1)); done > /tmp/data; /bin/busybox sync`);
    await first.sandbox.destroy();
    const next = await fixture.bound();
    assert.is((await next.shell('ls -A /tmp')).stdout, '');
    await next.sandbox.destroy();
  });

  test('after all attacks everything leaves cleanly', async () => {
    assert.is(await shell('echo fine'), 'fine\n');
    await sandbox.sandbox.destroy();
    rmSync(secretPath);
    await fixture.close();
  });
}

test.run();
