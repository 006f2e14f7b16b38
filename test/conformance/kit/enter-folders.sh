#!/bin/sh
# Runs a command in a mount namespace (which the caller has made) where each PLACE, a path two levels deep at most, is a
# folder of STAGING. Beside it everything that the machine has in the same parent stays visible.
# Usage: enter-folders.sh STAGING WORKING_DIRECTORY COUNT PLACE... COMMAND...
set -eu
staging=$1
working_directory=$2
count=$3
shift 3
while [ "$count" -gt 0 ]; do
  place=$1
  shift
  count=$((count - 1))
  # A place that exists is covered by a folder that shows the old content with the new files before it; one that does
  # not gets its parent covered in the same way, since nothing is created on the machine itself.
  if [ -d "$place" ]; then covered=$place; else covered=$(dirname "$place"); fi
  for entry in "$covered"/* "$covered"/.[!.]*; do
    inside=$staging$entry
    if [ -e "$inside" ] || [ -L "$inside" ]; then continue; fi
    if [ -L "$entry" ]; then cp -P "$entry" "$inside"
    elif [ -d "$entry" ]; then mkdir "$inside" && mount --rbind "$entry" "$inside"
    elif [ -e "$entry" ]; then : > "$inside" && mount --bind "$entry" "$inside"
    fi
  done
  mount --rbind "$staging$covered" "$covered"
done
cd "$working_directory"
exec "$@"
