/** One run as every report takes it. */
import type { Profile } from '../case.ts';
import type { JudgedResult } from '../result.ts';

export type RunSummary = {
  targetName: string;
  targetAbout: string;
  profile: Profile;
  startedAt: string;
  durationMs: number;
  results: readonly JudgedResult[];
};
