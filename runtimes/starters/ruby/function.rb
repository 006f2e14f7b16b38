def handler(event, context)
  raise ArgumentError, 'the event asked for a failure' if event['fail']

  { greeting: 'Hello from Ruby!', event: event, requestId: context.request_id }
end

# For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
def echo(event, _context)
  event
end

def failing(_event, _context)
  raise 'conformance failure'
end
