/** A response that is sent while it is made, with its HTTP head; it stops early when nobody takes it any more or the time is up. */
import { run, stream } from 'rik/sdk';

const story = stream(async function* (event: { text: string }, writer, { signal }) {
  writer.setHttp({ statusCode: 200, headers: { 'content-type': 'text/plain' } });
  for (const word of event.text.split(' ')) {
    if (signal.aborted) return;
    yield `${word}\n`;
  }
});

await run(story);
