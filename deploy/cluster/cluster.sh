#!/usr/bin/env bash
# Runs the production shape on this one host: Redis, API nodes, gateways, nginx and Prometheus, each a process of its own.
#
#   cluster.sh start | stop | status
#   cluster.sh kill NODE…       kill -9, to see what a crash does     (api-1, gateway-2, redis, nginx, prometheus)
#   cluster.sh restart NODE…    drained and stopped if it still runs, then started again with the same settings
#
# Ports, counts and places can be set, so that several clusters fit side by side (defaults in `settings` below). Every
# PARLEY_… variable reaches the nodes: PARLEY_MESSAGE_RATE=0 deploy/cluster/cluster.sh start. CLUSTER_ENV_API_1 and the like
# add to one node's: CLUSTER_ENV_GATEWAY_2="PARLEY_QUEUE_BYTES=65536 GOGC=100".
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # nginx lives there, which a plain user's PATH lacks

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
run=$(realpath -m "${CLUSTER_RUN_DIR:-$root/run}")

say() { printf '%s\n' "$@"; }
fail() { printf 'cluster: %s\n' "$*" >&2; exit 1; }

settings() {
  : "${CLUSTER_BIN_DIR:=$root/bin}" "${CLUSTER_WEB_ROOT:=$root/web/dist}"
  : "${CLUSTER_HTTP_PORT:=8080}" "${CLUSTER_REDIS_PORT:=6390}"
  : "${CLUSTER_PROMETHEUS_PORT:=9090}" # 0 leaves Prometheus out
  : "${CLUSTER_APIS:=2}" "${CLUSTER_API_PORT:=8181}"             # the first one's; the operations port is 1000 higher
  : "${CLUSTER_GATEWAYS:=3}" "${CLUSTER_GATEWAY_PORT:=8281}"
  : "${CLUSTER_API_DOORS:=$(ports api 0)}" "${CLUSTER_GATEWAY_DOORS:=$(ports gateway 0)}" # where nginx finds them, if not at their ports
  : "${CLUSTER_WAIT:=30}" # seconds that a node may take to be ready
  export PARLEY_DATABASE_URL=${PARLEY_DATABASE_URL:-sqlite://$run/data/parley.db}
  export PARLEY_REDIS_URL=${PARLEY_REDIS_URL:-redis://127.0.0.1:$CLUSTER_REDIS_PORT/0}
  export PARLEY_PUBLIC_URL=${PARLEY_PUBLIC_URL:-http://localhost:$CLUSTER_HTTP_PORT}
  export PARLEY_MEDIA_DIR=${PARLEY_MEDIA_DIR:-$run/data/media}
}

# The signing key is made once and outlives the cluster, so that sessions do as well.
signing_key() {
  [[ -f $run/jwt.keys ]] || (umask 077 && say "cluster:$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" >"$run/jwt.keys")
  cat "$run/jwt.keys"
}

# The settings of a start are kept beside its state, so that stop, status and restart speak of the same cluster. Only
# for the owner's eyes: the key and perhaps a database's password are among them.
remember() {
  (umask 077 && for name in "${!CLUSTER_@}" "${!PARLEY_@}" "${!CLOUDINARY_@}" RESEND_API_KEY; do
    [[ $name == CLUSTER_RUN_DIR || -z ${!name:-} ]] || printf 'export %s=%q\n' "$name" "${!name}"
  done >"$run/settings")
}
recall() {
  # shellcheck source=/dev/null
  [[ ! -f $run/settings ]] || source "$run/settings"
}

nodes() { # in the order of starting
  local i
  [[ ${PARLEY_REDIS_URL:-} != *"127.0.0.1:$CLUSTER_REDIS_PORT"* ]] || say redis
  for ((i = 1; i <= CLUSTER_APIS; i++)); do say "api-$i"; done
  for ((i = 1; i <= CLUSTER_GATEWAYS; i++)); do say "gateway-$i"; done
  say nginx
  ((CLUSTER_PROMETHEUS_PORT == 0)) || say prometheus
}
port() {
  case "$1" in
    redis) say "$CLUSTER_REDIS_PORT" ;;
    api-*) say $((CLUSTER_API_PORT + ${1#api-} - 1)) ;;
    gateway-*) say $((CLUSTER_GATEWAY_PORT + ${1#gateway-} - 1)) ;;
    nginx) say "$CLUSTER_HTTP_PORT" ;;
    prometheus) say "$CLUSTER_PROMETHEUS_PORT" ;;
  esac
}
ports() { # KIND OFFSET: of all nodes of a kind, in one line
  local name list=()
  for name in $(nodes); do [[ $name != "$1"-* ]] || list+=($(($(port "$name") + $2))); done
  say "${list[*]}"
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
answers() { # PORT PATH: 200 or 204?
  local line
  line=$({ exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3 && IFS= read -r -t 3 line <&3 && say "$line"; } 2>/dev/null) || return
  [[ $line == *" 20"[04]* ]]
}
ready() {
  case "$1" in
    redis) [[ $(redis-cli -p "$(port redis)" ping 2>/dev/null) == PONG ]] ;;
    api-* | gateway-*) answers $(($(port "$1") + 1000)) /readyz ;;
    nginx) answers "$(port nginx)" /healthz ;;
    prometheus) answers "$(port prometheus)" /-/ready ;;
  esac
}

# A pid file holds the pid and the time it started, since a pid alone may belong to somebody else by now.
birth() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }
pid() { # of a running node; fails if it doesn't run
  local pid born
  read -r pid born 2>/dev/null <"$run/pids/$1" && [[ -n $born && $(birth "$pid") == "$born" ]] && say "$pid"
}

launch() { # NAME COMMAND…: in a session of its own, so that a Ctrl-C in this terminal isn't for it
  local name=$1
  shift
  setsid "$@" </dev/null >>"$run/logs/$name.log" 2>&1 9>&- &
  say "$! $(birth $!)" >"$run/pids/$name"
}
start_node() {
  local name=$1 address ops own own_env
  address=127.0.0.1:$(port "$name") ops=127.0.0.1:$(($(port "$name") + 1000))
  own=${name^^} own=CLUSTER_ENV_${own//-/_}
  read -ra own_env <<<"${!own:-}"
  case "$name" in
    redis) # a doorbell and a scratch pad: nothing in it is worth a disk
      launch redis redis-server --bind 127.0.0.1 --port "$(port redis)" --save '' --appendonly no --dir "$run/data" \
        --maxmemory 256mb --maxmemory-policy allkeys-lru ;;
    api-*) PARLEY_NODE_ID=$name-$EPOCHSECONDS PARLEY_API_ADDR=$address PARLEY_OPS_ADDR=$ops launch "$name" env "${own_env[@]}" "$CLUSTER_BIN_DIR/parley-api" ;;
    gateway-*) PARLEY_NODE_ID=$name-$EPOCHSECONDS PARLEY_GATEWAY_ADDR=$address PARLEY_OPS_ADDR=$ops launch "$name" env "${own_env[@]}" "$CLUSTER_BIN_DIR/parley-gateway" ;;
    nginx)
      "$root/deploy/cluster/render.sh" nginx "$run" "$CLUSTER_WEB_ROOT" "$CLUSTER_HTTP_PORT" "$CLUSTER_API_DOORS" "$CLUSTER_GATEWAY_DOORS" >"$run/nginx/nginx.conf"
      launch nginx nginx -e "$run/logs/nginx.log" -c "$run/nginx/nginx.conf" -g 'daemon off;' ;;
    prometheus)
      "$root/deploy/cluster/render.sh" prometheus "$CLUSTER_PROMETHEUS_PORT" "$(ports api 1000)" "$(ports gateway 1000)" >"$run/prometheus/prometheus.yml"
      launch prometheus prometheus --config.file="$run/prometheus/prometheus.yml" --storage.tsdb.path="$run/prometheus/data" \
        --storage.tsdb.retention.time=2d --web.listen-address="127.0.0.1:$CLUSTER_PROMETHEUS_PORT" --log.level=warn ;;
    *) fail "no node \"$name\" (there are: $(nodes | paste -sd ' '))" ;;
  esac
}
await() { # NAME: until it is ready; fails, showing its log, when it died or the time is over
  local name=$1 end=$((EPOCHSECONDS + CLUSTER_WAIT))
  until ready "$name"; do
    if ! pid "$name" >/dev/null || ((EPOCHSECONDS > end)); then
      say "cluster: $name is not ready. The end of its log, $run/logs/$name.log:" >&2
      tail -n 15 "$run/logs/$name.log" >&2
      return 1
    fi
    sleep 0.1
  done
}

stop_node() { # NAME [SIGNAL]: asks, waits, and kills only what doesn't listen
  local name=$1 pid end
  if pid=$(pid "$name"); then
    if [[ ${2:-} == KILL ]]; then
      kill -KILL -- "-$pid" 2>/dev/null || true # the whole session: nginx's workers would outlive it and hold its port
    else
      kill -"${2:-TERM}" "$pid" 2>/dev/null || true
    fi
    kill -CONT "$pid" 2>/dev/null || true # one that was stopped (SIGSTOP) hears nothing before
    end=$((EPOCHSECONDS + 60))
    while pid "$name" >/dev/null; do
      ((EPOCHSECONDS < end)) || { say "cluster: $name did not stop within 60 s: killed"; kill -KILL "$pid" || true; sleep 0.2; }
      sleep 0.05
    done
  fi
  rm -f "$run/pids/$name"
}
stop_all() {
  local name pid
  # Gateways first and together: each tells its clients to move and waits for them, the longest part of stopping.
  for name in $(nodes); do
    [[ $name != gateway-* ]] || ! pid=$(pid "$name") || kill -TERM "$pid"
  done
  for name in $(nodes | grep '^gateway-') $(nodes | grep '^api-') nginx prometheus redis; do
    stop_node "$name"
  done
  rm -rf "$run/nginx" "$run/pids"
}

table() {
  local name pid state ops
  printf '  %-12s %-8s %-12s %-17s %-17s %s\n' node pid state address operations log
  for name in $(nodes); do
    pid=$(pid "$name") || pid=-
    state=ready
    if [[ $pid == - ]]; then state=stopped; elif ! ready "$name"; then state='not ready'; fi
    [[ $name == api-* || $name == gateway-* ]] && ops=127.0.0.1:$(($(port "$name") + 1000)) || ops=-
    printf '  %-12s %-8s %-12s %-17s %-17s %s\n' "$name" "$pid" "$state" ":$(port "$name")" "$ops" "${run#"$PWD/"}/logs/$name.log"
  done
}
any_alive() { local name; for name in $(nodes); do ! pid "$name" >/dev/null || return 0; done; return 1; }

check_host() {
  local name tool variable
  for tool in redis-server nginx setsid flock; do
    command -v "$tool" >/dev/null || fail "$tool is missing: run deploy/install.sh cluster"
  done
  ((CLUSTER_PROMETHEUS_PORT == 0)) || command -v prometheus >/dev/null || fail "prometheus is missing: run deploy/install.sh cluster, or set CLUSTER_PROMETHEUS_PORT=0"
  for name in parley-api parley-gateway; do
    [[ -x $CLUSTER_BIN_DIR/$name ]] || fail "$CLUSTER_BIN_DIR/$name is missing: run make build"
  done
  [[ -f $CLUSTER_WEB_ROOT/index.html ]] || fail "$CLUSTER_WEB_ROOT has no web client: run make web"
  for name in $(nodes); do
    variable=${name%-*} variable=CLUSTER_${variable^^}_PORT
    ! listens "$(port "$name")" || fail "port $(port "$name"), meant for $name, is taken. Stop who holds it, or set ${variable/NGINX/HTTP}."
  done
}

start() {
  settings
  ! any_alive || fail "already running ($run). See it with make cluster-status, end it with make cluster-stop."
  check_host
  mkdir -p "$run"/{data/media,logs,pids,nginx,prometheus}
  export PARLEY_JWT_KEYS=${PARLEY_JWT_KEYS:-$(signing_key)}
  remember
  ulimit -n "$(ulimit -Hn)"
  trap 'say "cluster: not started; stopping what was" >&2; stop_all' EXIT
  local name waiting=()
  # Redis and the first API node alone: the others find the database made.
  for name in $(nodes); do
    start_node "$name"
    case "$name" in redis | api-1) await "$name" ;; *) waiting+=("$name") ;; esac
  done
  for name in "${waiting[@]}"; do await "$name"; done
  trap - EXIT
  say "Parley runs as a cluster. Point a browser at  http://localhost:$CLUSTER_HTTP_PORT" ""
  table
  say "" "Look again with make cluster-status, stop with make cluster-stop. Data, logs and the signing key stay in ${run#"$PWD/"}."
}

main() {
  local command=${1:-} name
  (($# == 0)) || shift
  case "$command" in start | stop | status | kill | restart) ;; *) fail "say start, stop, status, kill NODE or restart NODE" ;; esac
  mkdir -p "$run"
  exec 9>"$run/lock"
  [[ $command == status ]] || flock -w 60 9 || fail "another cluster.sh is at work on $run"
  [[ $command == start ]] || { recall; settings; }
  case "$command" in
    start) start ;;
    status) table ;;
    stop) if any_alive; then stop_all; say "cluster: stopped"; else stop_all; say "cluster: nothing was running"; fi ;;
    kill) for name in "$@"; do stop_node "$name" KILL; done ;;
    restart) for name in "$@"; do stop_node "$name"; start_node "$name"; await "$name"; done ;;
  esac
}

main "$@"
