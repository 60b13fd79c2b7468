# What .ci/run and .ci/nightly share: a temporary folder, steps, and what they came to.
# A step that fails does not hide the next ones; the last lines say what failed and what was skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
venv="$work/venv"
failed=()
skipped=()

# Nothing of a caller's environment may help.
unset PYTHONPATH VIRTUAL_ENV PYTEST_ADDOPTS

step() {
    printf '\n=== %s (%d s so far)\n' "$*" "$SECONDS"
    "$@" || failed+=("$*")
}
skip() {
    printf '\n!!! SKIPPED: %s\n' "$1"
    skipped+=("$1")
}
# Install a Debian package, if there is one and this is root.
get() { [ "$(id -u)" = 0 ] && apt-get -qq update && apt-get -qq install -y --no-install-recommends "$1"; }
finish() {
    printf '\n=== finished in %d s\n' "$SECONDS"
    for what in ${skipped[@]+"${skipped[@]}"}; do printf '!!! SKIPPED: %s\n' "$what"; done
    for what in ${failed[@]+"${failed[@]}"}; do printf '!!! FAILED: %s\n' "$what"; done
    [ ${#failed[@]} -eq 0 ]
}
