import { testPart } from '../bounded.ts';
import { registrationPart } from './parts.ts';

testPart(registrationPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: ['registration', 'refused registration'] });
