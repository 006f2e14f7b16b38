#!/bin/sh
# Makes bootstrap, one static program.
set -e
cd "$(dirname "$0")"
${CC:-cc} -std=c11 -O2 -Wall -Wextra -static -o bootstrap runtime.c function.c
