import { testPart } from '../bounded.ts';
import { jsonPart } from './parts.ts';

testPart(jsonPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: ['json', 'not json'] });
