#!/bin/sh
# Starts the managed Python runtime. Becomes /var/runtime/bootstrap in the image.
# Search path by managed-runtimes §3.1 (done in bootstrap.py), exec wrapper by §1.3. Plain POSIX shell, built-in
# commands only: the image may hold no other programs.

runtime_dir=${LAMBDA_RUNTIME_DIR:-/var/runtime}
version=${AWS_EXECUTION_ENV#AWS_Lambda_python}
interpreter=/var/lang/bin/python$version
[ -x "$interpreter" ] || interpreter=/var/lang/bin/python3
# Outside of an image (tests, `process` isolation) the interpreter is the one on the PATH.
[ -x "$interpreter" ] || interpreter=$(command -v python3) || { echo "no python3 in /var/lang/bin or on the PATH" >&2; exit 127; }

set -- "$interpreter" "$runtime_dir/bootstrap.py"

wrapper=$AWS_LAMBDA_EXEC_WRAPPER
if [ -z "$wrapper" ]; then
  exec "$@"
fi
if [ ! -f "$wrapper" ]; then
  echo "$wrapper: does not exist"
  exit 127
fi
if [ ! -x "$wrapper" ]; then
  echo "$wrapper: is not an executable"
  exit 126
fi
# A bare name would be looked up on the PATH.
case $wrapper in
  */*) ;;
  *) wrapper=./$wrapper ;;
esac
exec "$wrapper" "$@"
