#!/bin/sh
# Starts the managed Node.js runtime. Becomes /var/runtime/bootstrap in the image.
# Flags and search path by managed-runtimes §2.1, exec wrapper by §1.3. Plain POSIX shell, built-in commands only:
# the image may hold no other programs.

runtime_dir=${LAMBDA_RUNTIME_DIR:-/var/runtime}
interpreter=/var/lang/bin/node
# Outside of an image (tests, `process` isolation) the interpreter is the one on the PATH.
[ -x "$interpreter" ] || interpreter=$(command -v node) || { echo "no node in /var/lang/bin or on the PATH" >&2; exit 127; }

# The platform names the runtime; asking the interpreter costs a whole start and is the last resort.
major=${AWS_EXECUTION_ENV#AWS_Lambda_nodejs}
major=${major%%.*}
case $major in
  '' | *[!0-9]*) major=$("$interpreter" -p 'process.versions.node.split(".")[0]') ;;
esac
export AWS_EXECUTION_ENV="${AWS_EXECUTION_ENV:-AWS_Lambda_nodejs$major.x}"
if [ -z "$NODE_PATH" ]; then
  export NODE_PATH="/opt/nodejs/node$major/node_modules:/opt/nodejs/node_modules:$runtime_dir/node_modules:$runtime_dir:${LAMBDA_TASK_ROOT:-/var/task}"
fi

# `--expose-gc` is not here: as a flag it makes V8 refuse Node's code cache, which costs 10 ms; bootstrap.ts does it later.
set -- --max-http-header-size 81920 "$runtime_dir/index.mjs"

# Heap limits follow the function's memory unless its author set one of them.
case $NODE_OPTIONS in
  *max-semi-space-size* | *max-old-space-size* | *max_semi_space_size* | *max_old_space_size*) ;;
  *)
    case $AWS_LAMBDA_FUNCTION_MEMORY_SIZE in
      '' | *[!0-9]*) ;;
      *)
        new_space=$((AWS_LAMBDA_FUNCTION_MEMORY_SIZE / 10))
        set -- "--max-semi-space-size=$((new_space / 2))" "--max-old-space-size=$((AWS_LAMBDA_FUNCTION_MEMORY_SIZE - new_space))" "$@"
        ;;
    esac
    ;;
esac

if [ "$major" -lt 24 ]; then
  case $NODE_OPTIONS in
    *--experimental-require-module*) ;;
    *) [ "$major" -lt 20 ] || set -- --no-experimental-require-module "$@" ;;
  esac
  case $NODE_OPTIONS in
    *--experimental-detect-module*) ;;
    *) [ "$major" -ne 22 ] || set -- --no-experimental-detect-module "$@" ;;
  esac
fi

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
