local functions = {}

function functions.handler(event, context)
  if event:find('"fail":true', 1, true) then error("the event asked for a failure", 0) end
  return '{"greeting":"Hello from Lua!","event":' .. event .. ',"requestId":"' .. context.request_id .. '"}'
end

return functions
