# Handler `failing.handler`: a status other than 0 makes the invocation fail; the environment stays.
handler() {
  echo "this function always fails" >&2
  return 7
}
