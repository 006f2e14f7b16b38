/** Takes an uploaded zip into the code store, and says a refused one in the service's words. */
import { uploadRefusalMessage } from '../../../layers/index.ts';
import { ApiError } from '../../api/index.ts';
import type { AddedCode } from '../code/code-store.ts';
import { invalid } from '../input/settings-rules.ts';
import { CODE_STORAGE_BYTES_MAX } from '../limits.ts';
import type { FunctionStore } from '../store/function-store.ts';
import type { Services } from './operation.ts';

/** The caller releases the code when its record is written, or was not. */
export async function acceptCode(services: Services, zip: Buffer, beforeStoring?: () => void): Promise<AddedCode> {
  if (storedCodeBytes(services.store) + zip.length > CODE_STORAGE_BYTES_MAX)
    throw new ApiError('CodeStorageExceededException', 'Code storage limit exceeded.');
  try {
    return await services.codeStore.add(zip, beforeStoring);
  } catch (cause) {
    const message = uploadRefusalMessage(cause);
    throw message === undefined ? cause : invalid(message);
  }
}

/** Each function's code counts, also where two have the same. */
export function storedCodeBytes(store: FunctionStore): number {
  return store.list().reduce((sum, record) => sum + record.current.codeSizeBytes, 0);
}
