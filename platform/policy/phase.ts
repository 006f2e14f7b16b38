/** In which phase of its life a runtime is on a day. The clock decides in UTC days: the owner announces days only. */
import type { LifecycleEntry } from './lifecycle-schema.ts';

/** In the order in which a runtime goes through them. */
export const PHASES = ['preview', 'active', 'deprecated', 'create-blocked', 'update-blocked'] as const;
export type Phase = (typeof PHASES)[number];

export function utcDay(nowEpochMs: number): string {
  return new Date(nowEpochMs).toISOString().slice(0, 10);
}

/** A block holds from the first instant of its day. A missing date never arrives. */
export function phaseOf(entry: LifecycleEntry, nowEpochMs: number): Phase {
  if (entry.preview) return 'preview';
  const day = utcDay(nowEpochMs);
  const reached = (date: string | null) => date !== null && day >= date;
  if (reached(entry.blockUpdate)) return 'update-blocked';
  if (reached(entry.blockCreate)) return 'create-blocked';
  if (reached(entry.deprecation)) return 'deprecated';
  return 'active';
}
