#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# slurm-rig.sh — a real Slurm cluster (munged + slurmctld + N x slurmd + slurmrestd) on one host, loopback only.
#
#   slurm-rig.sh up     [DIR]     start everything, wait until every node is usable
#   slurm-rig.sh status [DIR]     one line per daemon + sinfo
#   slurm-rig.sh down   [DIR]     stop every daemon this rig started (by recorded PID), keep DIR
#   slurm-rig.sh env    [DIR]     print `export ...` lines for clients (SLURM_CONF, RIG_REST_SOCK, SLURM_JWT, ...)
#   slurm-rig.sh purge  [DIR]     down + rm -rf DIR
#   slurm-rig.sh start|stop ctld|rest|munge|node NAME [DIR]     fault injection, one daemon
#   slurm-rig.sh guard  DIR PID   wait until the process PID is gone, however it went, then purge
#
# knobs (environment): RIG_NODES=16 RIG_TRAINING=10 (rest go to inference) RIG_GPUS=8 RIG_CPUS=64
#   RIG_MEM=1024000 (MB) RIG_BASE_PORT=17000 (ctld=+0, rest tcp=+1, node i=+10+i) RIG_GPU_TYPE=h200
#   RIG_REST_TCP=1 RIG_EXTRA_CONF=file-appended-to-slurm.conf RIG_SCHEMA=v0.0.40 (the only one that slurmrestd speaks)
set -euo pipefail

CMD=${1:-help}; shift || true
SUB=""; SUBARG=""
if [[ $CMD == start || $CMD == stop ]]; then SUB=${1:?daemon}; shift; if [[ $SUB == node ]]; then SUBARG=${1:?node}; shift; fi; fi
DIR=${1:-${RIG_DIR:-/tmp/slurm-rig}}
if [[ $CMD == guard ]]; then
  # A test that is killed cannot take down what it started.
  tail --pid="${2:?pid}" -f /dev/null
  [[ -d $DIR ]] && exec "$0" purge "$DIR"
  exit 0
fi
mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd)

# knobs are saved at `up` so that later commands agree with it
[[ -f $DIR/knobs && $CMD != up ]] && . "$DIR/knobs"
N=${RIG_NODES:-16}; TR=${RIG_TRAINING:-$(( N * 5 / 8 ))}
GPUS=${RIG_GPUS:-8}; CPUS=${RIG_CPUS:-64}; MEM=${RIG_MEM:-1024000}
PORT=${RIG_BASE_PORT:-}; GTYPE=${RIG_GPU_TYPE:-h200}; TCP=${RIG_REST_TCP:-1}
# With awk alone, whichever: another Debian's smallest system has no python3 (debian13.py).
block_free() {
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v from="$1" -v to="$(( $1 + 11 + N ))" '
    function hex(digits, i, n) { for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789ABCDEF", substr(digits, i, 1)) - 1; return n }
    $4 == "0A" { split($2, place, ":"); port = hex(place[2]); if (port >= from && port < to) busy = 1 }
    END { exit busy }'
}
if [[ $CMD == up && -f $DIR/knobs && -z $PORT ]]; then PORT=$(. "$DIR/knobs"; echo "$RIG_BASE_PORT"); fi   # keep the ports of a previous `up`
if [[ -z $PORT ]]; then for PORT in $(seq 17000 600 31000); do block_free "$PORT" && break; done; fi
CTLD_PORT=$PORT; REST_PORT=$((PORT+1)); NODE_PORT0=$((PORT+11))
W=3
ME=$(id -un); HOST=$(hostname -s)
export SLURM_CONF=$DIR/etc/slurm.conf
PATH=$PATH:/usr/sbin:/sbin

nodename() { printf "node%0${W}d" "$1"; }
range() { # from to -> node[001-010]
  (( $2 < $1 )) && return 0
  printf "node[%0${W}d-%0${W}d]" "$1" "$2"; }
alive() { local p; p=$(cat "$1" 2>/dev/null) && [[ -n $p ]] && kill -0 "$p" 2>/dev/null; }
stop_pid() { # pidfile signal
  local p; p=$(cat "$1" 2>/dev/null) || return 0; [[ -n $p ]] || return 0; kill -"${2:-TERM}" "$p" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || { rm -f "$1"; return 0; }; sleep 0.05; done
  kill -KILL "$p" 2>/dev/null || true; kill -CONT "$p" 2>/dev/null || true; rm -f "$1"; }

write_conf() {
  mkdir -p "$DIR"/{etc,run,log,state,spool,dev,munge}
  chmod 711 "$DIR" ; chmod 755 "$DIR"/{etc,run,log,spool,dev}; chmod 700 "$DIR"/state; chmod 711 "$DIR/munge"
  [[ -s $DIR/munge/munge.key ]] || { dd if=/dev/urandom of="$DIR/munge/munge.key" bs=128 count=1 status=none; chmod 600 "$DIR/munge/munge.key"; }
  [[ -s $DIR/etc/jwt.key ]] || { dd if=/dev/urandom of="$DIR/etc/jwt.key" bs=32 count=1 status=none; chmod 600 "$DIR/etc/jwt.key"; }
  for ((g=0; g<GPUS; g++)); do : > "$DIR/dev/gpu$g"; done
  cat > "$DIR/etc/slurm.conf" <<C
ClusterName=rig
SlurmctldHost=$HOST(127.0.0.1)
SlurmUser=$ME
SlurmdUser=$ME
SlurmctldPort=$CTLD_PORT
AuthType=auth/munge
AuthInfo=socket=$DIR/munge/munge.sock
CredType=cred/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$DIR/etc/jwt.key
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool/%n
SlurmctldPidFile=$DIR/run/slurmctld.pid
SlurmdPidFile=$DIR/run/slurmd.%n.pid
SlurmctldLogFile=$DIR/log/slurmctld.log
SlurmdLogFile=$DIR/log/slurmd.%n.log
SlurmctldDebug=info
SlurmdDebug=info
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SlurmdParameters=config_overrides
ReturnToService=1
SlurmctldTimeout=30
SlurmdTimeout=30
KillWait=2
MinJobAge=300
CompleteWait=0
TreeWidth=64
MaxJobCount=50000
GresTypes=gpu
NodeName=$(range 1 "$N") NodeHostname=$HOST NodeAddr=127.0.0.1 Port=[$((NODE_PORT0))-$((NODE_PORT0+N-1))] CPUs=$CPUS RealMemory=$MEM Gres=gpu:$GTYPE:$GPUS State=UNKNOWN
PartitionName=training Nodes=$(range 1 "$TR") Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=1000
PartitionName=inference Nodes=$(range $((TR+1)) "$N") Default=NO MaxTime=INFINITE State=UP DefMemPerCPU=1000
C
  [[ -n ${RIG_EXTRA_CONF:-} ]] && cat "$RIG_EXTRA_CONF" >> "$DIR/etc/slurm.conf"
  echo "NodeName=$(range 1 "$N") Name=gpu Type=$GTYPE File=$DIR/dev/gpu[0-$((GPUS-1))]" > "$DIR/etc/gres.conf"
  echo "CgroupPlugin=cgroup/v1" > "$DIR/etc/cgroup.conf"
  echo "RIG_NODES=$N RIG_TRAINING=$TR RIG_GPUS=$GPUS RIG_CPUS=$CPUS RIG_MEM=$MEM RIG_BASE_PORT=$PORT RIG_GPU_TYPE=$GTYPE RIG_REST_TCP=$TCP" > "$DIR/knobs"
}

start_munge() {
  alive "$DIR/munge/munged.pid" && return 0
  rm -f "$DIR/munge/munge.sock"*
  munged --force --key-file="$DIR/munge/munge.key" --socket="$DIR/munge/munge.sock" --pid-file="$DIR/munge/munged.pid" \
     --log-file="$DIR/munge/munged.log" --seed-file="$DIR/munge/munged.seed" --num-threads=2 2>>"$DIR/munge/munged.err"
}
start_ctld() { alive "$DIR/run/slurmctld.pid" && return 0; slurmctld -f "$SLURM_CONF"; }
start_node() { alive "$DIR/run/slurmd.$1.pid" && return 0; mkdir -p "$DIR/spool/$1"; slurmd -f "$SLURM_CONF" -N "$1" || { sleep 1; slurmd -f "$SLURM_CONF" -N "$1"; }; }
# Two slurmrestd: with SLURM_JWT in its environment slurmrestd speaks auth/jwt to slurmctld and nothing else, without it munge
# (as its own uid) and nothing else; so one process cannot serve both. 22.05 refuses to run as root/SlurmUser unless told.
start_rest() {
  # Of old there is a plugin for each schema, later one that has them all.
  local plugins=openapi/slurmctld
  [[ $(slurmrestd -V) == *" 22."* ]] && plugins=openapi/v0.0.38,openapi/v0.0.37
  if ! alive "$DIR/run/slurmrestd.pid"; then
    rm -f "$DIR/run/rest.sock"
    env -u SLURM_JWT SLURMRESTD_SECURITY=disable_user_check nohup slurmrestd -f "$SLURM_CONF" -a rest_auth/local -t 4 \
       -s "$plugins" ${RIG_SCHEMA:+-d "$RIG_SCHEMA"} "unix:$DIR/run/rest.sock" >"$DIR/log/slurmrestd.log" 2>&1 </dev/null &
    echo $! > "$DIR/run/slurmrestd.pid"
  fi
  if [[ $TCP == 1 ]] && ! alive "$DIR/run/slurmrestd-tcp.pid"; then
    SLURM_JWT=daemon SLURMRESTD_SECURITY=disable_user_check nohup slurmrestd -f "$SLURM_CONF" -a rest_auth/jwt -t 4 \
       -s "${plugins%%,*}" ${RIG_SCHEMA:+-d "$RIG_SCHEMA"} "127.0.0.1:$REST_PORT" >"$DIR/log/slurmrestd-tcp.log" 2>&1 </dev/null &
    echo $! > "$DIR/run/slurmrestd-tcp.pid"
  fi
  for _ in $(seq 100); do [[ -S $DIR/run/rest.sock ]] && return 0; sleep 0.05; done
  echo "slurmrestd did not start; see $DIR/log/slurmrestd.log" >&2; return 1
}
wait_ready() { # until all nodes are idle/mixed/alloc
  local end=$((SECONDS + ${RIG_WAIT:-60}))
  while (( SECONDS < end )); do
    alive "$DIR/run/slurmctld.pid" || { echo "slurmctld died: $(tail -1 "$DIR/log/slurmctld.log")" >&2; return 1; }
    local ok; ok=$(timeout 5 sinfo -h -N -o '%N %t' 2>/dev/null | awk '$2 ~ /^(idle|mix|alloc)$/ {n[$1]=1} END{print length(n)}') || true
    [[ ${ok:-0} -ge $N ]] && return 0
    sleep 0.2
  done
  echo "nodes not ready: $(timeout 5 sinfo -h -N -o '%N=%t' | tr '\n' ' ')" >&2; return 1
}

case $CMD in
up)
  # Two rigs at once would find the same ports free.
  exec 9>"${TMPDIR:-/tmp}/slurm-rig-$UID.lock"; flock 9
  if [[ ! -f $DIR/knobs && -z ${RIG_BASE_PORT:-} ]]; then
    for PORT in $(seq 17000 600 31000); do block_free "$PORT" && break; done
    CTLD_PORT=$PORT; REST_PORT=$((PORT+1)); NODE_PORT0=$((PORT+11))
  fi
  if ! alive "$DIR/run/slurmctld.pid" && ! block_free "$PORT"; then echo "ports $PORT..$((PORT+10+N)) are in use; set RIG_BASE_PORT" >&2; exit 1; fi
  t0=$SECONDS
  write_conf; start_munge 9>&-; start_ctld 9>&-
  for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/$CTLD_PORT) 2>/dev/null && break; sleep 0.1; done
  (exec 3<>/dev/tcp/127.0.0.1/$CTLD_PORT) 2>/dev/null || { echo "slurmctld did not start: $(tail -1 "$DIR/log/slurmctld.log")" >&2; exit 1; }
  for ((i=1; i<=N; i++)); do start_node "$(nodename $i)" 9>&-; done
  start_rest 9>&-; wait_ready
  printf 'up: %d nodes in %d s, dir %s\n' "$N" "$((SECONDS - t0))" "$DIR"
  ;;
status)
  for p in "$DIR"/munge/munged.pid "$DIR"/run/slurmctld.pid "$DIR"/run/slurmrestd.pid "$DIR"/run/slurmrestd-tcp.pid; do
    if alive "$p"; then echo "$(basename "$p" .pid): up pid $(cat "$p")"; else echo "$(basename "$p" .pid): down"; fi; done
  u=0; for ((i=1; i<=N; i++)); do alive "$DIR/run/slurmd.$(nodename $i).pid" && u=$((u+1)); done; echo "slurmd: $u/$N up"
  sinfo 2>&1 || true
  ;;
env)
  echo "export SLURM_CONF=$SLURM_CONF RIG_DIR=$DIR RIG_REST_SOCK=$DIR/run/rest.sock RIG_REST_URL=http://127.0.0.1:$REST_PORT"
  scontrol token username="$ME" lifespan=86400 2>/dev/null | sed 's/^/export /' || true
  ;;
down)
  # What a test froze hears nothing.
  for p in "$DIR"/run/*.pid "$DIR"/munge/munged.pid; do kill -CONT "$(cat "$p" 2>/dev/null)" 2>/dev/null || true; done
  alive "$DIR/run/slurmctld.pid" && timeout 10 scancel --quiet --signal=KILL --user="$ME" 2>/dev/null || true
  stop_pid "$DIR/run/slurmrestd.pid"; stop_pid "$DIR/run/slurmrestd-tcp.pid"
  for f in "$DIR"/run/slurmd.*.pid; do p=$(cat "$f" 2>/dev/null || true); [[ -n $p ]] && kill -TERM "$p" 2>/dev/null || true; done
  for f in "$DIR"/run/slurmd.*.pid; do [[ -e $f ]] && stop_pid "$f"; done
  stop_pid "$DIR/run/slurmctld.pid"; stop_pid "$DIR/munge/munged.pid"
  echo "down: $DIR"
  ;;
purge)
  # Nothing of it is wanted again, so nothing is asked to end: daemons, steps and jobs are those that know our slurm.conf.
  for f in "$DIR"/run/*.pid "$DIR"/munge/munged.pid; do
    p=$(cat "$f" 2>/dev/null || true); [[ -n $p ]] && kill -KILL "$p" 2>/dev/null || true; done
  for _ in 1 2 3; do
    for e in $(grep -lzxF "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ 2>/dev/null; grep -lF "$DIR/" /proc/[0-9]*/cmdline 2>/dev/null); do
      p=${e#/proc/}; p=${p%/*}
      grep -qF slurm-rig.sh "/proc/$p/cmdline" 2>/dev/null && continue
      case $(cat "/proc/$p/comm" 2>/dev/null) in slurm*|munged|sleep|bash|sh|scontrol|squeue|sdiag|srun|sbatch) kill -KILL "$p" 2>/dev/null || true;; esac
    done
  done
  rm -rf "$DIR" 2>/dev/null || { sleep 0.3; rm -rf "$DIR"; }
  echo "purged: $DIR"
  ;;
start) case $SUB in ctld) start_ctld;; rest) start_rest;; munge) start_munge;; node) start_node "$SUBARG";; esac ;;
stop)  case $SUB in ctld) stop_pid "$DIR/run/slurmctld.pid";; rest) stop_pid "$DIR/run/slurmrestd.pid"; stop_pid "$DIR/run/slurmrestd-tcp.pid";; munge) stop_pid "$DIR/munge/munged.pid";; node) stop_pid "$DIR/run/slurmd.$SUBARG.pid";; esac ;;
*) sed -n '3,18p' "$0";;
esac
