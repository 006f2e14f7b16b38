/** `npm start`, once the set-up is done: the examples, then the platform. Its options are those of `rik examples`. */

import { main } from '../cli/main.ts';

await main(['examples', ...process.argv.slice(2)]);
