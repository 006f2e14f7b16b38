#!/bin/sh
# Makes bootstrap. For a program that brings its C library along: LDFLAGS=-static ./build.sh
set -e
cd "$(dirname "$0")"
${CC:-cc} -std=c11 -O2 -Wall -Wextra ${LDFLAGS:-} -o bootstrap runtime.c function.c
