/** What may be given to `run`, brought into the one inner shape. */
import { LambdaError } from '../errors.ts';
import type { Service } from '../service.ts';
import { typed, type TypedHandler } from './typed.ts';

/** A function of events and results, any other service, or a way to load one whose failure is reported as an error of the initialisation. */
export type Runnable<Event, Result> = TypedHandler<Event, Result> | Service | { load: () => Promise<TypedHandler<Event, Result> | Service> };

export async function loadService(runnable: Runnable<never, unknown>): Promise<Service> {
  return asService('load' in runnable ? await runnable.load() : runnable);
}

function asService(loaded: TypedHandler<never, unknown> | Service): Service {
  if (typeof loaded === 'function') return typed(loaded);
  if (typeof loaded === 'object' && loaded !== null && typeof loaded.call === 'function') return loaded;
  throw new LambdaError('Runtime.NoHandler', `run takes a function or a service such as http(…), and was given ${loaded === null ? 'null' : `a value of type ${typeof loaded}`}`);
}
