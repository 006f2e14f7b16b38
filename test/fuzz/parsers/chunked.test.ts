import { testPart } from '../bounded.ts';
import { chunkedPart } from './parts.ts';

testPart(chunkedPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: ['chunked done', 'chunked malformed', 'chunked more'] });
