#!/bin/sh
# Makes index.mjs: the function and the SDK in one file, which needs nothing but Node 20 or later.
set -e
cd "$(dirname "$0")"
[ -d node_modules ] || npm install --no-audit --no-fund
node_modules/.bin/esbuild index.ts --bundle --platform=node --format=esm --target=node20 --outfile=index.mjs
