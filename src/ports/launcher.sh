#!/bin/sh
# The launcher: starts a step once on this host, and lets it be followed, cancelled and found again. See docs/launcher.md.
#   sh launcher ROOT VERB ARGS…
# POSIX sh, coreutils, util-linux and GNU tar of CentOS 7. Everything is in functions and the last line calls them, so a
# text that was cut short does nothing. Our names begin with _ so that no secret of a step can collide with them.
set -u

fail() { # EXIT-CODE LINE
  printf 'launcher: %s\n' "$2" >&2
  exit "$1"
}

read_boot() {
  _boot=
  { read -r _boot <"${CUTOVER_BOOT_ID:-/proc/sys/kernel/random/boot_id}"; } 2>/dev/null
  _boot=${_boot:-none}
}

# Sets _group, _session and _began (start time: a pid that is used again has another). Zombies are dead.
proc() { # PID
  _line=
  # The name of a process may hold line ends; what we want is behind the last one.
  { while read -r _more; do _line=$_more; done <"/proc/$1/stat"; } 2>/dev/null
  case $_line in *') '*) ;; *) return 1 ;; esac
  # shellcheck disable=SC2086 # numbers, to be split
  set -- ${_line##*) }
  _group=$3 _session=$4 _began=${20}
  case $1 in Z | X) return 1 ;; esac
}

alive() { # PID START-TIME
  proc "$1" && [ "$_began" = "$2" ]
}

# Hundredths of a second since boot: a stepped clock does not move it.
read_uptime() {
  read -r _up _ </proc/uptime
  _up=$((${_up%.*} * 100 + 1${_up#*.} - 100))
}

nap() { # SECONDS
  sleep "$1" 2>/dev/null || sleep 1
}

# Sets _said. In a subshell, so that a file size limit ends the subshell and not us.
store() { # FILE TEXT
  _said=$({ printf '%s' "$2" >"$1"; } 2>&1)
}

# Sets _why, one word, from what a failed command said and what the directory looks like.
explain() { # DIRECTORY
  case ${_said-} in
    *'o space'*) _why=disk-full ;;
    *uota*) _why=quota-exceeded ;;
    *ead-only*) _why=read-only ;;
    *ermission*) _why=not-writable ;;
    *)
      _why=cannot-write
      # shellcheck disable=SC2046 # two numbers, to be split
      set -- "$1" $(stat -f -c '%a %d' "$1" 2>/dev/null)
      if [ $# = 3 ] && { [ "$2" = 0 ] || [ "$3" = 0 ]; }; then _why=disk-full; fi
      ;;
  esac
}

outcome() {
  _code=
  { read -r _code <"$_run/rc"; } 2>/dev/null
  [ -n "$_code" ] || { _code=-; return 1; }
  _state=exited
  if [ -f "$_run/why" ]; then read -r _state <"$_run/why"; fi
}

# Sets _state and _code of the attempt in _run.
examine() {
  _state=absent _code=-
  [ -d "$_run" ] || return 0
  if outcome; then return 0; fi
  _state=ready
  [ -d "$_run/own" ] || return 0
  if [ -f "$_run/boot" ]; then
    read -r _noted <"$_run/boot"
    if [ "$_noted" = "$_boot" ]; then _state=running; else _state=rebooted; fi
    return 0
  fi
  _state=claimed
  { read -r _sup _sup_began _step _step_began _step_boot <"$_run/pid"; } 2>/dev/null || return 0
  if [ "$_step_boot" != "$_boot" ]; then
    _state=rebooted
  elif alive "$_sup" "$_sup_began" || alive "$_step" "$_step_began"; then
    _state=running
    return 0
  else
    _state=vanished
  fi
  # It may have ended while we looked.
  outcome || return 0
}

# Whether an attempt that is claimed and has no process noted still has somebody who is about to note it.
claimer_lives() {
  for _file in "$_run"/.pid.*; do
    { read -r _ _ _claimer _claimer_began _claimer_boot <"$_file"; } 2>/dev/null || continue
    if [ "$_claimer_boot" = "$_boot" ] && alive "$_claimer" "$_claimer_began"; then return 0; fi
  done
  return 1
}

# Sets _other to a live attempt of this upgrade other than ours.
other_lives() {
  _ours=$_run _other=
  for _run in "$_runs"/*; do
    if [ "$_run" = "$_ours" ] || [ ! -d "$_run" ]; then continue; fi
    examine
    if [ "$_state" = running ] || { [ "$_state" = claimed ] && claimer_lives; }; then
      _other=${_run##*/}
      break
    fi
  done
  _run=$_ours
  [ -n "$_other" ]
}

# Sets _highest of the epochs that this upgrade has shown here.
read_epochs() {
  _highest=0
  for _file in "$_runs"/.epochs/*; do
    _file=${_file##*/}
    if [ "$_file" != '*' ] && [ "$_file" -gt "$_highest" ]; then _highest=$_file; fi
  done
}

sizes() {
  _out=0 _err=0
  # shellcheck disable=SC2046 # two numbers, to be split
  set -- $(stat -c %s "$_run/out" "$_run/err" 2>/dev/null)
  if [ $# = 2 ]; then _out=$1 _err=$2; fi
}

say_status() { # WORDS-BEFORE
  examine
  sizes
  printf '%sstate=%s code=%s out=%s err=%s boot=%s\n' "$1" "$_state" "$_code" "$_out" "$_err" "$_boot"
}

# Sets _members: pids of the step's session or process group; _strays: those that left the group.
members() { # STEP-PID
  _members='' _strays=''
  for _pid in /proc/[0-9]*; do
    _pid=${_pid#/proc/}
    proc "$_pid" || continue
    if [ "$_group" = "$1" ]; then
      _members="$_members $_pid"
    elif [ "$_session" = "$1" ]; then
      _members="$_members $_pid" _strays="$_strays $_pid"
    fi
  done
}

# INT, TERM, KILL with waits. True when nothing of the group is left.
end_group() { # STEP-PID START-TIME GRACE-S
  # The number belongs to somebody else by now: then nothing of ours is left under it.
  if proc "$1" && [ "$_began" != "$2" ]; then return 0; fi
  for _signal in INT TERM KILL; do
    members "$1"
    [ -n "$_members" ] || return 0
    # shellcheck disable=SC2086 # pids, to be split
    kill "-$_signal" "-$1" $_strays 2>/dev/null
    read_uptime
    # After KILL only the kernel can be slow: 5 s, then we say that we could not be sure.
    if [ "$_signal" = KILL ]; then _until=$((_up + 500)); else _until=$((_up + $3 * 100)); fi
    while [ "$_up" -lt "$_until" ]; do
      nap 0.1
      members "$1"
      [ -n "$_members" ] || return 0
      read_uptime
    done
  done
  members "$1"
  [ -z "$_members" ]
}

# Whether a process that left the session still carries our mark. The directory, not the name: another bot may have U-1 too.
escaped() {
  # shellcheck disable=SC2013 # paths without spaces
  for _file in $(grep -slF "CUTOVER_RUN=$_run" /proc/[0-9]*/environ 2>/dev/null); do
    if tr '\000' '\n' 2>/dev/null <"$_file" | grep -qxF "CUTOVER_RUN=$_run"; then
      _file=${_file#/proc/}
      if proc "${_file%/environ}"; then return 0; fi
    fi
  done
  return 1
}

is_name() {
  case $1 in '' | .* | *[!]A-Za-z0-9._%[-]*) fail 64 "reading the arguments: '$1' is not a name" ;; esac
}

is_number() {
  case $1 in '' | *[!0-9]* | ??????????????*) fail 64 "reading the arguments: '$1' is not a number" ;; esac
}

is_path() {
  case $1 in /*[!/]) ;; *) fail 64 "reading the arguments: '$1' is not an absolute path" ;; esac
}

use_upgrade() { # UPGRADE [ATTEMPT]
  is_name "$1"
  _upgrade=$1 _runs=$_root/runs/$1
  if [ $# = 1 ]; then return 0; fi
  is_name "$2"
  _attempt=$2 _run=$_runs/$2
}

# upgrade.dir. Made by root under sudo, it must still belong to the user whose directory it is in.
make_upgrade_dir() {
  [ -d "$_state_dir/$_upgrade" ] && return 0
  _said=$(LC_ALL=C mkdir -p "$_state_dir/$_upgrade" 2>&1) || return 1
  if [ "$_root" != "$_state_dir" ]; then chown "$(stat -c %u:%g "$_state_dir")" "$_state_dir/$_upgrade"; fi
}

# Exactly the secrets' bytes and not one more: what follows is for the next reader. Sets _secrets and _text.
read_script() {
  read -r _bytes || fail 74 'reading the script: nothing came'
  is_number "$_bytes"
  _secrets=
  if [ "$_bytes" -gt 0 ]; then _secrets=$(dd bs=1 "count=$_bytes" 2>/dev/null); fi
  _text=$(cat)
  _end=${_text##*'
#cutover-end '}
  # A connection that was cut looks like the end of the text: half a script must never run.
  [ "$(printf %s "${_text%'
#cutover-end '*}" | wc -c | tr -d ' ')" = "$_end" ] ||
    fail 74 'reading the script: it was cut short, nothing was started'
}

hello() { # UPGRADE|-
  _writable=no _free=0 _setsid=no
  if _said=$(LC_ALL=C mkdir -p "$_root/runs" 2>&1) && store "$_root/.hello.$$" x; then _writable=yes; fi
  rm -f "$_root/.hello.$$" 2>/dev/null
  if [ "$1" != - ]; then
    use_upgrade "$1"
    make_upgrade_dir || _writable=no
  fi
  _base=$_root
  while [ ! -d "$_base" ] && [ -n "$_base" ]; do _base=${_base%/*}; done
  # shellcheck disable=SC2046 # two numbers, to be split
  set -- $(stat -f -c '%a %S' "${_base:-/}" 2>/dev/null)
  if [ $# = 2 ]; then _free=$(($1 * $2 / 1048576)); fi
  if command -v setsid >/dev/null 2>&1; then _setsid=yes; fi
  printf 'launcher=1 user=%s boot=%s setsid=%s writable=%s free_mb=%s\n' \
    "$(id -un)" "$_boot" "$_setsid" "$_writable" "$_free"
}

impossible() { # WORD
  printf 'answer=impossible why=%s\n' "$1"
  if [ -n "${_said-}" ]; then printf 'launcher: %s\n' "$_said" >&2; fi
  exit 0
}

# Marks our epoch first and looks afterwards: of two that do so at once, at least one sees the other.
enter() { # EPOCH
  is_number "$1"
  _said=
  command -v setsid >/dev/null 2>&1 || impossible no-setsid
  if [ "$_boot" = none ] || [ ! -r /proc/self/stat ]; then impossible no-proc; fi
  if [ ! -d "$_runs/.epochs/$1" ]; then
    _said=$(LC_ALL=C mkdir -p "$_runs/.epochs/$1" 2>&1) || { explain "$_root"; impossible "$_why"; }
  fi
  read_epochs
  if [ "$_highest" -gt "$1" ]; then
    printf 'answer=stale epoch=%s\n' "$_highest"
    exit 0
  fi
  if [ -f "$_runs/.swept" ]; then impossible swept; fi
  make_upgrade_dir || { explain "$_root"; impossible "$_why"; }
}

# Leaves the text as `cmd`, whole or not at all; an attempt keeps the first text that it was given.
keep_text() {
  if [ ! -f "$_run/cmd" ]; then
    if _said=$(LC_ALL=C mkdir -p "$_run" 2>&1) && store "$_run/.cmd.$$" "$_text" &&
      _said=$(LC_ALL=C ln "$_run/.cmd.$$" "$_run/cmd" 2>&1); then
      _said=
    fi
    rm -f "$_run/.cmd.$$"
  fi
  if [ ! -f "$_run/cmd" ]; then
    explain "$_root"
    rmdir "$_run" 2>/dev/null
    impossible "$_why"
  fi
  if [ "$(cat "$_run/cmd")" != "$_text" ]; then
    echo answer=conflict
    exit 0
  fi
}

start() { # UPGRADE ATTEMPT EPOCH TIMEOUT_S GRACE_S
  use_upgrade "$1" "$2"
  is_number "$4"
  is_number "$5"
  read_script
  enter "$3"
  keep_text
  if [ -d "$_run/own" ]; then
    say_status 'answer=known '
    return 0
  fi
  if other_lives; then
    echo "answer=busy attempt=$_other"
    return 0
  fi
  set -- sh "$0" "$_root" supervise "$@" "$_umask"
  # The second setsid forks because it leads its group, so the supervisor is in the background without `&`: the shell
  # would make a background step ignore INT.
  (
    eval "$_secrets"
    # shellcheck disable=SC2016 # for the inner shell
    exec setsid sh -c 'exec setsid "$@"' - "$@"
  ) </dev/null 2>/dev/null | {
    _said=
    read -r _answer || _answer='impossible why=no-answer'
    case $_answer in
      started | known) say_status "answer=$_answer " ;;
      *) echo "answer=$_answer" ;;
    esac
  }
}

# Waits for the step and notes how it ended. stdout goes to `start`, which reads one line.
supervise() { # UPGRADE ATTEMPT EPOCH TIMEOUT_S GRACE_S UMASK
  use_upgrade "$1" "$2"
  _watch=
  if [ "$4" -gt 0 ]; then
    watch "$4" "$5" >/dev/null &
    _watch=$!
  fi
  setsid sh "$0" "$_root" attempt "$@"
  _rc=$?
  _sup=
  { read -r _sup _ <"$_run/pid"; } 2>/dev/null
  if [ "$_sup" != $$ ]; then
    if [ -n "$_watch" ]; then kill "$_watch"; fi
    rm -f "$_run/.pid.$$" "$_run/.rc.$$"
    exit 0
  fi
  # A timeout under way goes on to its KILL before the outcome is said.
  if [ -n "$_watch" ]; then
    grep -qsx timed-out "$_run/why" || kill "$_watch"
    wait "$_watch"
  fi
  # In place, into the block that was taken before the start: a step that filled the disk still gets its exit code.
  printf '%-4s\n' "$_rc" 1<>"$_run/.rc.$$"
  sync "$_run/out" "$_run/err" "$_run/.rc.$$" 2>/dev/null || sync
  mv -f "$_run/.rc.$$" "$_run/rc"
}

watch() { # TIMEOUT_S GRACE_S
  _nap=
  trap 'if [ -n "$_nap" ]; then kill "$_nap"; fi; exit 0' TERM
  sleep "$1" &
  _nap=$!
  wait "$_nap"
  _nap=
  read -r _sup _ _step _step_began _ <"$_run/pid" && [ "$_sup" = $$ ] || exit 0
  trap '' TERM
  ln "$_run/.timed-out" "$_run/why"
  end_group "$_step" "$_step_began" "$2"
}

withdraw() { # ANSWER
  rm -f "$_run/pid"
  rmdir "$_run/own"
  echo "$1"
  exit 0
}

# Becomes the step. Claims, then looks at the others, then notes it on disk, then runs.
attempt() { # UPGRADE ATTEMPT EPOCH TIMEOUT_S GRACE_S UMASK
  # `start` may be gone with its connection; a handler, because an ignored signal would stay ignored in the step.
  trap : PIPE
  use_upgrade "$1" "$2"
  proc "$PPID"
  _me="$PPID $_began"
  proc $$
  _me="$_me $$ $_began $_boot"
  # All space is taken before the claim: afterwards only renames are needed.
  _said=$({ printf '%s\n' "$_me" >"$_run/.pid.$PPID" && echo 9999 >"$_run/.rc.$PPID" &&
    echo timed-out >"$_run/.timed-out" && echo cancelled >"$_run/.cancelled" &&
    : >>"$_run/out" && : >>"$_run/err"; } 2>&1) || {
    explain "$_root"
    echo "impossible why=$_why"
    exit 0
  }
  if ! mkdir "$_run/own" 2>/dev/null; then
    if [ -d "$_run/own" ]; then echo known; else echo impossible why=cannot-claim; fi
    exit 0
  fi
  mv -f "$_run/.pid.$PPID" "$_run/pid" || withdraw 'impossible why=cannot-claim'
  read_epochs
  if [ "$_highest" -gt "$3" ]; then withdraw "stale epoch=$_highest"; fi
  if other_lives; then withdraw "busy attempt=$_other"; fi
  if [ -f "$_runs/.swept" ]; then withdraw 'impossible why=swept'; fi
  # A claim that a power cut could take back would be a second start.
  sync "$_run/pid" "$_run/cmd" "$_run" "$_runs" "$_root/runs" 2>/dev/null || sync
  echo started
  umask "$6"
  export CUTOVER_ATTEMPT="$_attempt" CUTOVER_RUN="$_run"
  exec sh -eu "$_run/cmd" </dev/null >>"$_run/out" 2>>"$_run/err"
}

status() { # UPGRADE ATTEMPT
  use_upgrade "$1" "$2"
  say_status ''
}

# At most 4 MiB at a time, so that MAX_S is kept on a slow line.
send_part() { # FILE OFFSET SIZE
  _part=$(($3 - $2))
  if [ "$_part" -gt 4194304 ]; then _part=4194304; fi
  if [ "$_part" -gt 0 ]; then tail -c "+$(($2 + 1))" "$1" | head -c "$_part"; fi
}

follow() { # UPGRADE ATTEMPT OUT_OFF ERR_OFF MAX_S
  use_upgrade "$1" "$2"
  is_number "$3"
  is_number "$4"
  is_number "$5"
  _o=$3 _e=$4 _nap=0.02
  read_uptime
  _until=$((_up + $5 * 100))
  while :; do
    # State before sizes: what is written in between is found the next time, not lost.
    examine
    sizes
    if [ "$_o" -gt "$_out" ] || [ "$_e" -gt "$_err" ]; then
      fail 74 "following $_attempt: offset $_o/$_e is behind the end, $_out/$_err bytes are here"
    fi
    if [ "$_o" -lt "$_out" ] || [ "$_e" -lt "$_err" ]; then _nap=0.02; fi
    send_part "$_run/out" "$_o" "$_out" || fail 74 "following $_attempt: sending stdout failed"
    _o=$((_o + (_part > 0 ? _part : 0)))
    send_part "$_run/err" "$_e" "$_err" >&2 || exit 74
    _e=$((_e + (_part > 0 ? _part : 0)))
    read_uptime
    if [ "$_o" = "$_out" ] && [ "$_e" = "$_err" ]; then
      case $_state in running | claimed) ;; *) exit 0 ;; esac
      [ "$_up" -lt "$_until" ] || exit 75
      nap $_nap
      case $_nap in 0.02) _nap=0.05 ;; 0.05) _nap=0.1 ;; 0.1) _nap=0.2 ;; *) _nap=0.3 ;; esac
    elif [ "$_up" -ge "$_until" ]; then
      exit 75
    fi
  done
}

cancel() { # UPGRADE ATTEMPT GRACE_S
  use_upgrade "$1" "$2"
  is_number "$3"
  examine
  _gone=yes
  case $_state in
    running | vanished | cancelled | timed-out)
      # An attempt that has its outcome was not read any further.
      if [ -f "$_run/boot" ] || ! { read -r _sup _sup_began _step _step_began _step_boot <"$_run/pid"; } 2>/dev/null; then
        _gone=unsure
      elif [ "$_step_boot" = "$_boot" ]; then
        if [ "$_state" = running ]; then ln "$_run/.cancelled" "$_run/why" 2>/dev/null; fi
        end_group "$_step" "$_step_began" "$3" || _gone=unsure
        # Its supervisor writes the outcome now; a slow disk may need a moment.
        _tries=50
        while examine && [ "$_state" = running ] && [ $_tries -gt 0 ]; do
          nap 0.1
          _tries=$((_tries - 1))
        done
        if escaped; then _gone=unsure; fi
      fi
      ;;
    claimed) _gone=unsure ;;
  esac
  say_status "gone=$_gone "
}

reboot_once() { # UPGRADE ATTEMPT EPOCH
  use_upgrade "$1" "$2"
  enter "$3"
  if [ -f "$_run/boot" ]; then
    examine
    case $_state in
      rebooted)
        echo answer=rebooted
        return 0
        ;;
      exited) impossible "the-command-ended-with-$_code" ;;
    esac
  else
    if other_lives; then
      echo "answer=busy attempt=$_other"
      return 0
    fi
    if ! { _said=$(LC_ALL=C mkdir -p "$_run" 2>&1) && store "$_run/.boot.$$" "$_boot
" && echo 9999 >"$_run/.rc" && _said=$(LC_ALL=C ln "$_run/.boot.$$" "$_run/boot" 2>&1); }; then
      rm -f "$_run/.boot.$$"
      if [ ! -f "$_run/boot" ]; then
        explain "$_root"
        impossible "$_why"
      fi
    fi
    rm -f "$_run/.boot.$$"
  fi
  if mkdir "$_run/own" 2>/dev/null; then
    # Noted on disk before: after the reboot we must know that it was ours.
    sync "$_run/boot" "$_run" "$_runs" 2>/dev/null || sync
    # A second later, so that the answer gets out first.
    # shellcheck disable=SC2016 # for the inner shell
    setsid sh -c 'exec setsid "$@"' - sh -c 'sleep 1; sh -c "$2" >"$1/out" 2>"$1/err" && exit
      printf "%-4s\n" $? 1<>"$1/.rc"; mv -f "$1/.rc" "$1/rc"' \
      - "$_run" "${CUTOVER_REBOOT:-systemctl reboot || reboot}" </dev/null >/dev/null 2>&1
  fi
  echo answer=rebooting
}

look() { # TIMEOUT_S
  is_number "$1"
  read_script
  umask "$_umask"
  (
    set -- "$_text"
    eval "$_secrets"
    exec setsid sh -eu -c "$1"
  ) </dev/null &
  _step=$!
  (
    trap 'kill "$_nap"; exit 0' TERM
    sleep "$1" &
    _nap=$!
    wait "$_nap"
    trap '' TERM
    kill -TERM "-$_step"
    nap 1
    kill -KILL "-$_step"
    exit 124
  ) </dev/null >/dev/null 2>&1 &
  _watch=$!
  # Some shells say here that it was terminated; that is not the script's stderr.
  { wait "$_step"; } 2>/dev/null
  _rc=$?
  kill "$_watch" 2>/dev/null
  { wait "$_watch"; } 2>/dev/null
  if [ $? = 124 ]; then _rc=124; fi
  # What it left behind would keep the connection open.
  kill -KILL "-$_step" 2>/dev/null
  exit "$_rc"
}

# Sorted names, times kept, owners left out: the same tree has the same bytes on every host. Complaints go to fd 9.
pack() { # DIRECTORY
  cd "$1" || { echo cd >&9; return; }
  { find . -print0 || echo find >&9; } | LC_ALL=C sort -z | {
    tar --null --no-recursion --format=gnu --numeric-owner --owner=0 --group=0 -cf - -T - || echo tar >&9
  }
}

# Sets _kind, _size and _sha of what is at a path; the path itself is followed, links below it are not.
measure() { # PATH
  _kind=absent _size=0 _sha=-
  if [ -d "$1" ]; then
    _kind=dir
    _said=$({ { { { pack "$1" | tee /dev/fd/7 | wc -c >&9; } 7>&1 | sha256sum; } >&9; } } 9>&1) ||
      fail 74 "reading $1: it could not be packed"
    for _word in $_said; do
      case $_word in
        cd | find | tar) fail 74 "reading $1: $_word could not read all of it" ;;
        - | '') ;;
        ????????????????????????????????????????????????????????????????) _sha=$_word ;;
        *) _size=$_word ;;
      esac
    done
  elif [ -f "$1" ]; then
    _kind='file'
    _size=$(stat -L -c %s "$1") || fail 74 "reading $1: its size could not be read"
    _sha=$(sha256sum <"$1") || fail 74 "reading $1: it could not be read"
    _sha=${_sha%% *}
  elif _said=$(LC_ALL=C ls -dL "$1" 2>&1); then
    fail 74 "reading $1: it is neither a file nor a directory"
  else
    # Not allowed to look is not the same as absent.
    case $_said in *'o such file'* | *'ot a directory'*) ;; *) fail 74 "reading $1: $_said" ;; esac
  fi
}

say_stat() { # PATH
  is_path "$1"
  measure "$1"
  echo "kind=$_kind bytes=$_size sha256=$_sha"
}

send() { # PATH
  is_path "$1"
  if [ -d "$1" ]; then
    exec 8>&1
    _said=$({ pack "$1" >&8; } 9>&1)
    [ -z "$_said" ] || fail 74 "reading $1: $_said could not read all of it"
  elif [ -f "$1" ]; then
    cat "$1" || exit 74
  else
    fail 74 "reading $1: it is not there"
  fi
}

refuse_part() { # LINE
  rm -rf "$_part"
  fail 74 "$1"
}

receive() { # PATH file|dir|replace MODE OWNER|- SHA256 BYTES
  is_path "$1"
  case $3 in *[!0-7]* | '') fail 64 "writing $1: '$3' is not a mode" ;; esac
  _path=$1 _part=$1.cutover-part
  measure "$_path"
  if [ "$_sha" = "$5" ]; then
    echo "answer=same sha256=$_sha"
    return 0
  fi
  if [ -L "$_path" ] && [ "$_kind" = absent ]; then fail 74 "writing $_path: it is a link to nothing"; fi
  if [ "$_kind" != absent ] && { [ "$2" != replace ] || [ "$_kind" != file ]; }; then
    echo "answer=different sha256=$_sha"
    return 0
  fi
  case $_path in
    "$_state_dir"/*/*) mkdir -p "${_path%/*}" || fail 73 "writing $_path: its directory can't be made" ;;
  esac
  rm -rf "$_part"
  if [ "$2" = dir ]; then
    mkdir "$_part" || fail 73 "writing $_path: $_part can't be made"
    # tar stops at the end mark; the padding behind it belongs to the digest.
    _said=$({ tee /dev/fd/9 | { (cd "$_part" && tar -xpf - --no-same-owner --delay-directory-restore) || echo tar >&2; cat >/dev/null; }; } 9>&1 >/dev/null | sha256sum)
  else
    cat >"$_part" || refuse_part "writing $_path: $_part could not be written"
    _said=$(sha256sum <"$_part")
  fi
  _sha=${_said%% *}
  if [ "$_sha" != "$5" ]; then
    refuse_part "writing $_path: SHA-256 of what came is $_sha, expected $5 ($6 bytes); nothing was changed"
  fi
  if [ "$2" = dir ]; then
    measure "$_part"
    [ "$_sha" = "$5" ] || refuse_part "writing $_path: unpacked it has SHA-256 $_sha, expected $5; nothing was changed"
  else
    chmod "$3" "$_part" || refuse_part "writing $_path: mode $3 could not be set"
  fi
  if [ "$4" != - ]; then chown -R "$4" "$_part" || refuse_part "writing $_path: owner $4 could not be set"; fi
  sync "$_part" 2>/dev/null || sync
  mv -f "$_part" "$_path" || refuse_part "writing $_path: $_part could not be renamed"
  echo "answer=written sha256=$_sha"
}

# The epochs stay: an executor that was asleep all the time must still be refused.
sweep() { # UPGRADE
  use_upgrade "$1"
  if [ -d "$_runs" ]; then
    : >"$_runs/.swept" || fail 74 "sweeping $_upgrade: $_runs can't be written"
    _run=
    if other_lives; then
      rm -f "$_runs/.swept"
      echo answer=live
      return 0
    fi
    rm -rf "${_runs:?}"/* || fail 74 "sweeping $_upgrade: not all of $_runs could be removed"
  fi
  echo answer=swept
}

main() {
  [ $# -ge 2 ] || fail 64 'reading the arguments: ROOT and a verb are needed'
  _umask=$(umask)
  umask 077
  read_boot
  _root=$1 _state_dir=${1%/sudo} _verb=$2
  is_path "$_root"
  shift 2
  case $_verb:$# in
    hello:1) hello "$@" ;;
    start:5) start "$@" ;;
    supervise:6) supervise "$@" ;;
    attempt:6) attempt "$@" ;;
    status:2) status "$@" ;;
    follow:5) follow "$@" ;;
    cancel:3) cancel "$@" ;;
    reboot:3) reboot_once "$@" ;;
    look:1) look "$@" ;;
    stat:1) say_stat "$@" ;;
    send:1) send "$@" ;;
    receive:6) receive "$@" ;;
    sweep:1) sweep "$@" ;;
    *) fail 64 "reading the arguments: '$_verb' with $# arguments is no verb" ;;
  esac
}

main "$@"
