#!/bin/sh
# Makes bootstrap, one static program. For another architecture: GOARCH=arm64 ./build.sh
set -e
cd "$(dirname "$0")"
CGO_ENABLED=0 go build -trimpath -o bootstrap .
