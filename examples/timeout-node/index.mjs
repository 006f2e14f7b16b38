// Sleeps past its time limit; the platform ends it and the next invocation gets a new environment.
import { setTimeout } from 'node:timers/promises';

export const handler = async (event, context) => {
  console.log('time left in ms:', context.getRemainingTimeInMillis());
  await setTimeout(60_000);
  return 'too late';
};
