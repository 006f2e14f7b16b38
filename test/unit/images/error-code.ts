/** The stable code of what an action throws; tests compare codes, never messages or classes. */
import { isCodedError } from '../../../foundation/coded-error.ts';

export async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (isCodedError(error)) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}
