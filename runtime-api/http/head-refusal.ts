/** Why a head is not read any further; the connection ends with it. */
export type HeadRefusal = { refused: true; status: 400 | 408 | 414 | 417 | 431 | 501 | 505; reason: string };

export function refusal(status: HeadRefusal['status'], reason: string): HeadRefusal {
  return { refused: true, status, reason };
}
