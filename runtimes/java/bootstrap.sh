#!/bin/sh
# Starts the managed Java runtime. Becomes /var/runtime/bootstrap in the image.
# Flags by managed-runtimes §4.1, exec wrapper by §1.3. Plain POSIX shell, built-in commands only: the image may hold no
# other programs. The JVM gives its command line precedence over JAVA_TOOL_OPTIONS, so a default is left out when the
# function's author says something about the same matter there.

runtime_dir=${LAMBDA_RUNTIME_DIR:-/var/runtime}
interpreter=/var/lang/bin/java
# Outside of an image (tests, `process` isolation) the interpreter is the one on the PATH.
[ -x "$interpreter" ] || interpreter=$(command -v java) || { echo "no java in /var/lang/bin or on the PATH" >&2; exit 127; }

if [ -z "$AWS_EXECUTION_ENV" ] && [ -r /var/lang/release ]; then
  while IFS='=' read -r name value; do
    [ "$name" = JAVA_VERSION ] || continue
    value=${value#\"}
    export AWS_EXECUTION_ENV="AWS_Lambda_java${value%%[.\"]*}"
  done </var/lang/release
fi

set -- -Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac -XX:+ErrorFileToStderr -classpath "$runtime_dir/lib/*" rik.runtime.Bootstrap "$_HANDLER"

# The framed log descriptor is a number, and only a class that Java keeps to itself makes a descriptor of it. Java 8 has no modules.
if [ -n "$_LAMBDA_TELEMETRY_LOG_FD" ] && [ "${AWS_EXECUTION_ENV#AWS_Lambda_java8}" = "$AWS_EXECUTION_ENV" ]; then
  set -- --add-opens=java.base/java.io=ALL-UNNAMED "$@"
fi

case $JAVA_TOOL_OPTIONS in
  *-Dfile.encoding*) ;;
  # The image may lack the locale that LANG names; Java before 18 would then fall back to ASCII.
  *) set -- -Dfile.encoding=UTF-8 -Dsun.stdout.encoding=UTF-8 -Dsun.stderr.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 "$@" ;;
esac
case $JAVA_TOOL_OPTIONS in
  *-XX:+Use*GC*) ;;
  *) set -- -XX:+UseSerialGC "$@" ;;
esac
case $JAVA_TOOL_OPTIONS in
  *Tiered* | *-Xint* | *-Xcomp*) ;;
  *) set -- -XX:+TieredCompilation -XX:TieredStopAtLevel=1 "$@" ;;
esac
case $JAVA_TOOL_OPTIONS in
  *SharedArchiveFile* | *-Xshare*) ;;
  *) [ ! -f /var/lang/lib/server/runtime.jsa ] || set -- -Xshare:auto -XX:SharedArchiveFile=/var/lang/lib/server/runtime.jsa "$@" ;;
esac
case $JAVA_TOOL_OPTIONS in
  *-Xmx* | *MaxHeapSize* | *MaxRAM*) ;;
  *)
    case $AWS_LAMBDA_FUNCTION_MEMORY_SIZE in
      '' | *[!0-9]*) ;;
      # 85 % of the function's memory in KiB, rounded to the nearest.
      *) set -- "-XX:MaxHeapSize=$(((AWS_LAMBDA_FUNCTION_MEMORY_SIZE * 1024 * 85 + 50) / 100))k" "$@" ;;
    esac
    ;;
esac

wrapper=$AWS_LAMBDA_EXEC_WRAPPER
if [ -z "$wrapper" ]; then
  exec "$interpreter" "$@"
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
exec "$wrapper" "$interpreter" "$@"
