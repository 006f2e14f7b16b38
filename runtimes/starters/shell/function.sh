# The handler `function.handler`: the event on standard input, the response on standard output. Without a JSON parser
# the event goes into the response as it came.
handler() {
  event=$(cat)
  case $event in
    *'"fail":true'*)
      echo 'the event asked for a failure' >&2
      return 7
      ;;
  esac
  printf '{"greeting":"Hello from shell!","event":%s}' "${event:-null}"
}

# For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
echo_event() {
  cat
}

fail() {
  echo 'conformance failure' >&2
  return 1
}
