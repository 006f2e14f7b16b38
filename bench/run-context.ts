/** What every bench gets: the tools, the contenders that can run here, and the settings of this run. */
import type { PayloadName } from './arguments.ts';
import type { BrokerContext } from './broker.ts';
import type { BrokerSpec } from './subjects.ts';

export type RunContext = BrokerContext & {
  brokers: readonly BrokerSpec[];
  rounds: number;
  seconds: number;
  connections: number;
  /** Of `front-door`; empty: all. */
  payloads: readonly PayloadName[];
  /** Where compiled and generated files are kept between runs. */
  cacheFolder: string;
  onProgress: (line: string) => void;
};
