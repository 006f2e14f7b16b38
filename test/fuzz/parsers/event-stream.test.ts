import { testPart } from '../bounded.ts';
import { eventStreamPart } from './parts.ts';

testPart(eventStreamPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: [] });
