# Handler `hello.handler` for the custom runtime of ../provided-shell. Shell built-ins only, and no JSON parser: the event
# goes into the response as it came.
handler() {
  event=''
  while IFS= read -r line || [ -n "$line" ]; do event="$event$line"; done
  echo "hello from $AWS_LAMBDA_FUNCTION_NAME" >&2
  printf '{"greeting":"Hello from a shell script!","requestId":"%s","event":%s}' "$AWS_REQUEST_ID" "${event:-null}"
}
