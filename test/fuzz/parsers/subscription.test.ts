import { testPart } from '../bounded.ts';
import { subscriptionPart } from './subscription-part.ts';

testPart(subscriptionPart, { runs: 2_000, timeLimitMs: 5_000, mustSee: ['subscription', 'refused subscription'] });
