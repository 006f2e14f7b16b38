import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accepts, pickPorts } from '../../../bench/processes.ts';
import { REPOSITORY_FOLDER } from '../../../bench/repository-folder.ts';
import { timeCommand } from '../../../bench/timed-command.ts';
import { portableTools, prepareTools } from '../../../bench/tools.ts';

const test = suite('bench/timed-command');
const native = await prepareTools({ cacheFolder: join(REPOSITORY_FOLDER, 'dist', 'bench'), searchPath: process.env['PATH'] ?? '' });
const kinds = [portableTools('in this test'), ...(native.kind === 'native' ? [native] : [])];
if (native.kind === 'portable') console.log('skip: no C compiler on this machine, the C timer is not tested');
const node = process.execPath;

for (const tools of kinds) {
  test(`${tools.kind}: a command is timed to its exit`, async () => {
    assert.ok((await timeCommand(tools, { argv: [node, '-e', '0'], ready: { kind: 'exit' } })) > 0);
  });

  test(`${tools.kind}: a command is timed to a line, and ended although it would go on`, async () => {
    const script = 'console.log("not yet"); setTimeout(() => console.log("now ready"), 20); setInterval(() => {}, 1000)';
    assert.ok((await timeCommand(tools, { argv: [node, '-e', script], ready: { kind: 'line', text: 'now ready' } })) >= 20);
  });

  test(`${tools.kind}: a command is timed to its listening socket, and nothing listens afterwards`, async () => {
    const [port = 0] = await pickPorts(1);
    const script = `require("node:net").createServer().listen(${port}, "127.0.0.1")`;
    assert.ok((await timeCommand(tools, { argv: [node, '-e', script], ready: { kind: 'listen', port } })) > 0);
    assert.not(await accepts(port));
  });

  const refused: [title: string, script: string, ready: Parameters<typeof timeCommand>[1]['ready']][] = [
    ['that fails', 'process.exit(1)', { kind: 'exit' }],
    ['that ends before its line', 'console.log("other")', { kind: 'line', text: 'ready' }],
    ['that ends before it listens', '0', { kind: 'listen', port: 1 }],
  ];
  for (const [title, script, ready] of refused) {
    test(`${tools.kind}: a command ${title} has no time`, async () => {
      try {
        await timeCommand(tools, { argv: [node, '-e', script], ready });
        assert.unreachable();
      } catch (error) {
        assert.match(String(error), /not ready by rule/);
      }
    });
  }

  test(`${tools.kind}: a program that does not exist has no time`, async () => {
    try {
      await timeCommand(tools, { argv: ['/nonexistent/program'], ready: { kind: 'exit' } });
      assert.unreachable();
    } catch (error) {
      assert.match(String(error), /not ready by rule/);
    }
  });
}

test.run();
