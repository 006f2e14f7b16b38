import { testPart } from '../bounded.ts';
import { errorReportPart } from './parts.ts';

testPart(errorReportPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: [] });
