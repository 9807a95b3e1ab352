#!/usr/bin/env bash
# Installs the Debian packages that the production shape and the tests run on. Say it twice and it does nothing the
# second time: apt-get is called only if something is missing, so it needs neither root nor a network then.
#
#   deploy/install.sh              everything that `make test` needs
#   deploy/install.sh cluster      only what `make cluster` needs
#   deploy/install.sh --list [..]  what that is and why, one line each; installs nothing
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # nginx lives there, which a plain user's PATH lacks

# package | what shows that it is there: a command, any: of some commands, a file: or a font: | why
readonly CLUSTER_PACKAGES=(
  "redis-server|redis-server|the bus between the nodes, presence and rate limits"
  "nginx-light|nginx|the way in: web client, API and sockets on one port"
  "prometheus|prometheus|scrapes every node, and checks the alert rules (promtool)"
)
readonly TEST_PACKAGES=(
  "chromium-headless-shell|any:chromium-headless-shell chromium|drives the web client in the browser tests; the whole browser takes longer"
  "fontconfig|fc-list|tells the browser, and this script, which fonts are there"
  "fonts-noto-color-emoji|font:Noto Color Emoji|reactions are emoji; without it screenshots show boxes"
  "fonts-wqy-microhei|font:WenQuanYi Micro Hei|Chinese, Japanese and Korean text in screenshots (2 MB; Noto CJK has 57)"
  "gcc|gcc|the race detector is linked with it"
  "libc6-dev|file:/usr/include/stdlib.h|and with this"
  "shellcheck|shellcheck|lints the shell scripts"
)

say() { printf '%s\n' "$*"; }
fail() { printf 'install: %s\n' "$*" >&2; exit 1; }

# Is the thing there? What it is counts, not the package: a redis-server built from source is as good as Debian's.
present() {
  local name
  case "$1" in
    any:*)
      for name in ${1#any:}; do
        if command -v "$name" >/dev/null; then return; fi
      done
      return 1
      ;;
    file:*) [[ -e ${1#file:} ]] ;;
    font:*) command -v fc-list >/dev/null && [[ -n "$(fc-list "${1#font:}")" ]] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# apt-get starts a freshly installed service at once. Ours run on ports and files of their own, so a second
# redis-server, nginx and prometheus would only hold 6379, 80 and 9090. A policy-rc.d that answers 101 is Debian's way to
# say so; it lives only as long as this script, and one that is there already stays as it is.
POLICY=/usr/sbin/policy-rc.d
forbid_service_start() {
  [[ -e $POLICY ]] && return
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
  trap 'rm -f "$POLICY"' EXIT
}

# They are not to start at the next boot either; only those that this run installed: another's service is not ours to stop.
disable_services() {
  command -v systemctl >/dev/null || return 0
  local package
  for package in "$@"; do
    case "$package" in
      nginx-light) systemctl disable --quiet nginx.service 2>/dev/null || true ;;
      redis-server) systemctl disable --quiet redis-server.service 2>/dev/null || true ;;
      prometheus) systemctl disable --quiet prometheus.service prometheus-node-exporter.service 2>/dev/null || true ;;
    esac
  done
}

main() {
  local list=false
  if [[ "${1:-}" == --list ]]; then
    list=true
    shift
  fi
  local wanted=("${CLUSTER_PACKAGES[@]}")
  case "${1:-all}" in
    all) wanted+=("${TEST_PACKAGES[@]}") ;;
    cluster) ;;
    *) fail "unknown set \"$1\": all or cluster" ;;
  esac

  local entry package probe why missing=()
  for entry in "${wanted[@]}"; do
    IFS='|' read -r package probe why <<<"$entry"
    if $list; then
      printf '%-24s %-8s %s\n' "$package" "$(present "$probe" && echo there || echo missing)" "$why"
    elif ! present "$probe"; then
      say "install: $package is missing: $why"
      missing+=("$package")
    fi
  done
  if $list || ((${#missing[@]} == 0)); then
    return
  fi

  command -v apt-get >/dev/null || fail "no apt-get here; install by your own means: ${missing[*]}"
  if ((EUID != 0)); then
    fail "installing needs root. Run once:  sudo ${BASH_SOURCE[0]} ${1:-}"
  fi
  forbid_service_start
  export DEBIAN_FRONTEND=noninteractive
  local log retry=(-o Acquire::Retries=5) # a mirror's hiccup is no reason to give up
  log=$(mktemp)
  if ! { apt-get -qq "${retry[@]}" update &&
    apt-get -qq "${retry[@]}" install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: ${missing[*]}"
  fi
  rm -f "$log"
  disable_services "${missing[@]}"
  say "install: done: ${missing[*]}"
}

main "$@"
