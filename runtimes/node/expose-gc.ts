/**
 * `globalThis.gc`, which functions on Lambda have. The vendor's start script passes `--expose-gc`; as a flag at the start
 * it changes V8's flag hash, so that Node's code cache is refused and each start takes 10 ms more (measured on Node 24, processor time).
 * Set at the first access instead, it costs nothing to those that never ask.
 */
import { loadV8, loadVm } from './builtins.ts';

export function exposeGcWhenAskedFor(): void {
  if (Reflect.has(globalThis, 'gc')) return;
  Object.defineProperty(globalThis, 'gc', {
    configurable: true,
    enumerable: false,
    get() {
      loadV8().setFlagsFromString('--expose-gc');
      const collect: unknown = loadVm().runInNewContext('gc');
      Object.defineProperty(globalThis, 'gc', { value: collect, configurable: true, writable: true, enumerable: false });
      return collect;
    },
    set(value: unknown) {
      Object.defineProperty(globalThis, 'gc', { value, configurable: true, writable: true, enumerable: false });
    },
  });
}
