#!/bin/sh
# Pushes refspecs to REMOTE with the deploy key in RELEASE_KEY. The workflow's own token may not push a commit that changes a
# workflow, and the reusable one holds the image's digest.
set -eu
umask 077
key=$RUNNER_TEMP/release-key
trap 'rm -f "$key"' EXIT
printf '%s\n' "$RELEASE_KEY" > "$key"
GIT_SSH_COMMAND="ssh -i '$key' -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile='$(pwd)/.github/release/known_hosts'" \
  git push "$REMOTE" "$@"
