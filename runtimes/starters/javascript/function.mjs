export async function handler(event, context) {
  if (event.fail) throw new RangeError('the event asked for a failure');
  return { greeting: 'Hello from JavaScript!', event, requestId: context.requestId };
}

// For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
export const echo = (event) => event;
export const fail = () => {
  throw new Error('conformance failure');
};
