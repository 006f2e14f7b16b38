local functions = {}

function functions.handler(event, context)
  if event:find('"fail":true', 1, true) then error("the event asked for a failure", 0) end
  return '{"greeting":"Hello from Lua!","event":' .. event .. ',"requestId":"' .. context.request_id .. '"}'
end

-- For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
function functions.echo(event) return event end
function functions.fail() error("conformance failure", 0) end

return functions
