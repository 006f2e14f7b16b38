/** One run as every report takes it. */
import type { Profile } from '../case.ts';
import type { JudgedResult } from '../result.ts';

export type RunSummary = {
  targetName: string;
  targetAbout: string;
  profile: Profile;
  /** What runs the same again, before `--case ID`. */
  againCommand: string;
  startedAt: string;
  durationMs: number;
  results: readonly JudgedResult[];
};
