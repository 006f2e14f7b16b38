/** Which of a platform's processes make up one environment, and which of those are the function's own. Pure. */

export type ProcessRecord = { pid: number; parent: number; command: readonly string[] };

/** `own` is what the platform adds: the Runtime API server and what launched it. `runtime` is what the server started. */
export type EnvironmentProcesses = { server: number; own: number[]; runtime: number[] };

/**
 * One environment per Runtime API server, known by its bundle among its arguments. Above it, up to the platform's own
 * process, are the launchers; below it is the runtime. A launcher that has the server's arguments among its own is told
 * apart by having a server below it.
 */
export function findEnvironments(platformPid: number, processes: readonly ProcessRecord[]): EnvironmentProcesses[] {
  const below = (pid: number): ProcessRecord[] => {
    const children = processes.filter(({ parent }) => parent === pid);
    return children.flatMap((child) => [child, ...below(child.pid)]);
  };
  const isServer = ({ command }: ProcessRecord): boolean => command.some((part) => part.endsWith('/rapid.cjs'));
  const family = below(platformPid);
  const servers = family.filter((record) => isServer(record) && !below(record.pid).some(isServer));
  return servers.map((server) => {
    const own = [server.pid];
    for (let parent = server.parent; parent !== platformPid; ) {
      const record = family.find(({ pid }) => pid === parent);
      if (record === undefined) break;
      own.push(record.pid);
      parent = record.parent;
    }
    return { server: server.pid, own, runtime: below(server.pid).map(({ pid }) => pid) };
  });
}
