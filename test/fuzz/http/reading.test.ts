import { testPart } from '../bounded.ts';
import { readingPart } from './part.ts';

// A reader that refused everything would pass too, but for what must be seen.
testPart(await readingPart(), { runs: 3_000, timeLimitMs: 15_000, mustSee: ['read GET', 'read POST', 'read PUT', 'read HEAD', 'refused'] });
