#!/bin/sh
# Makes bootstrap. For a program without a C library: ./build.sh --target x86_64-unknown-linux-musl
set -e
cd "$(dirname "$0")"
cargo build --release --quiet --target-dir target "$@"
cp "$(find target -path '*release/bootstrap' -type f | head -n 1)" bootstrap
