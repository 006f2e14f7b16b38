def handler(event, context)
  raise ArgumentError, 'the event asked for a failure' if event['fail']

  { greeting: 'Hello from Ruby!', event: event, requestId: context.request_id }
end
