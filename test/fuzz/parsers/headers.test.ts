import { testPart } from '../bounded.ts';
import { headersPart } from './parts.ts';

testPart(headersPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: ['head', 'head 400'] });
