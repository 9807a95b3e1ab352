#!/usr/bin/env bash
# Writes the configuration that the containers use for a bare host: the same file with this host's addresses, ports and
# paths in it. So there is one nginx.conf and one prometheus.yml, and what is tried here is what runs there.
#
#   render.sh nginx       RUN_DIR WEB_ROOT HTTP_PORT "API_PORT…" "GATEWAY_PORT…"
#   render.sh prometheus  PROMETHEUS_PORT "API_OPS_PORT…" "GATEWAY_OPS_PORT…"
#
# The result goes to standard output. A text that is to be replaced and isn't there is an error, so that an edited
# template can't come out half rendered.
set -euo pipefail
shopt -u patsub_replacement 2>/dev/null || true # bash 5.2 would read & in a path as "what matched"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() { printf 'render: %s\n' "$*" >&2; exit 1; }

# swap OLD NEW: replaces OLD, literally and everywhere, in $text.
swap() {
  [[ $text == *"$1"* ]] || fail "the template no longer holds \"$1\""
  text=${text//"$1"/$2}
}

# servers NAME PORT…: one server line for each port in place of the container's, with the same parameters.
servers() {
  local name=$1 port lines=''
  shift
  [[ $text =~ server\ $name:[0-9]+\ resolve([^;]*)\; ]] || fail "the template has no server line of $name"
  local line=${BASH_REMATCH[0]} parameters=${BASH_REMATCH[1]}
  for port in "$@"; do
    lines+="${lines:+$'\n        '}server 127.0.0.1:$port$parameters;"
  done
  swap "$line" "$lines"
}

nginx() {
  (($# == 5)) || fail "nginx takes RUN_DIR WEB_ROOT HTTP_PORT API_PORTS GATEWAY_PORTS"
  local dir=$1/nginx web=$2 port=$3 api gateway
  read -ra api <<<"$4"
  read -ra gateway <<<"$5"
  [[ $dir$web != *[[:space:]\"]* ]] || fail "nginx can't take a path with spaces: $dir, $web"
  text=$(<"$root/nginx.conf")
  swap '/tmp/' "$dir/"
  swap '/dev/stderr' "$1/logs/nginx.log"
  swap '/dev/stdout' "$1/logs/nginx-access.log"
  swap 'root /usr/share/nginx/html;' "root $web;"
  swap 'listen 8080 ' "listen $port "
  swap 'resolver 127.0.0.11 valid=1s ipv6=off;' ''
  servers api "${api[@]}"
  servers gateway "${gateway[@]}"
  # Started by root, nginx would drop to a user who may not read a checkout under /root.
  ((EUID != 0)) || text="user root;"$'\n'"$text"
  printf '%s\n' "$text"
}

# targets PORT…: a list for static_configs.
targets() {
  local port list=''
  for port in "$@"; do list+="${list:+, }\"127.0.0.1:$port\""; done
  printf 'static_configs: [{targets: [%s]}]' "$list"
}

prometheus() {
  (($# == 3)) || fail "prometheus takes PROMETHEUS_PORT API_OPS_PORTS GATEWAY_OPS_PORTS"
  local api gateway
  read -ra api <<<"$2"
  read -ra gateway <<<"$3"
  text=$(<"$root/deploy/prometheus/prometheus.yml")
  swap '/etc/prometheus/alerts.yml' "$root/deploy/prometheus/alerts.yml"
  swap 'dns_sd_configs: [{names: [api], type: A, port: 9081, refresh_interval: 5s}]' "$(targets "${api[@]}")"
  swap 'dns_sd_configs: [{names: [gateway], type: A, port: 9082, refresh_interval: 5s}]' "$(targets "${gateway[@]}")"
  swap 'localhost:9090' "127.0.0.1:$1"
  printf '%s\n' "$text"
}

case "${1:-}" in
  nginx | prometheus) "$@" ;;
  *) fail "say nginx or prometheus" ;;
esac
