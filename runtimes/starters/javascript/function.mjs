export async function handler(event, context) {
  if (event.fail) throw new RangeError('the event asked for a failure');
  return { greeting: 'Hello from JavaScript!', event, requestId: context.requestId };
}
