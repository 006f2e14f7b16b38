import { testPart } from '../bounded.ts';
import { framesPart } from './parts.ts';

testPart(framesPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: ['frames', 'refused frame'] });
