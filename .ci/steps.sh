# What `run` and `release` share. They source it.
# shellcheck shell=bash

step() {
  local since=$SECONDS
  printf '\n== %s\n' "$*"
  "$@"
  printf -- '-- %s s (%s s in all)\n' "$((SECONDS - since))" "$SECONDS"
}
# Steps at the same time, each a command in one text: most of them use one core. Each output is shown as a whole.
together() {
  local command at status=0 pids=() logs=()
  for command in "$@"; do
    logs+=("$(mktemp)")
    (eval "step $command") >"${logs[-1]}" 2>&1 &
    pids+=("$!")
  done
  for at in "${!pids[@]}"; do
    wait "${pids[$at]}" || status=1
    cat "${logs[$at]}"
    rm "${logs[$at]}"
  done
  return "$status"
}
# A step that hangs is a failure that says nothing: it ends, with everything it started.
within() { timeout --kill-after=30s "$@"; }

install() {
  local log
  log=$(mktemp)
  if npm ci --no-progress >"$log" 2>&1; then
    grep -E '^added ' "$log" || true
  else
    sed -E 's#https?://[^ ]+#<registry>#g' "$log"
    return 1
  fi
}

# The tests of the console need a browser. The package is installed beside the other steps, where that is possible: on Debian,
# as root. Otherwise these tests say why they are skipped.
install_chromium() {
  [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
  # A stopped installation blocks every later one.
  DEBIAN_FRONTEND=noninteractive timeout 120 dpkg --configure -a || true
  { timeout 240 apt-get update && DEBIAN_FRONTEND=noninteractive timeout 360 apt-get install -y --no-install-recommends chromium; } || true
}
