#!/bin/sh
# ranks.sh PROGRAM: mpirun with 1, 2 and 4 processes comes to the same bytes; a process that is
# killed ends the job, and the checkpoint goes on, with another number of processes, to those
# bytes. Skipped (77) where the program is built without MPI, or mpirun is not here.
set -u
program=$(realpath "$1")
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
command -v mpirun >/dev/null || { echo "no mpirun here: openmpi-bin"; exit 77; }
failed=0
complain() {
    echo "$*"
    failed=1
}

seq 300 | awk 'BEGIN {print "x,junk,band"} {print $1/50 "," $1 % 7 "," ($1 > 100 && $1 < 200 ? "middle" : "edge")}' >band.csv
# train N OPTIONS...: on N processes.
shards=4
train() {
    n=$1
    shift
    mpirun --oversubscribe -n "$n" "$program" train --data band.csv --target band \
        --model 'linear 32, batchnorm, relu, dropout 0.8, linear 2' --shards $shards "$@" >out 2>err
}
train 2 --epochs 1 --save s2
if grep -q 'built without MPI' err; then
    echo "built without MPI"
    exit 77
fi
for n in 1 2 4; do
    train $n --epochs 5 --save s$n --explain 3 --explain-file step$n.json || complain "$n processes: $(cat err)"
    [ "$(grep -c '^saved' out)" = 1 ] || complain "$n processes: $(cat out)"
done
cmp s1 s2 || complain "2 processes are another training"
cmp s1 s4 || complain "4 processes are another training"
cmp step1.json step4.json || complain "4 processes tell another step: that of one's rows alone?"
train 2 --epochs 1 --save no --check 2 && complain "a check on two processes is not refused"
grep -q 'whole batches' err || complain "why no check: $(cat err)"
"$program" verify step4.json >out || complain "a step of 4 processes: $(cat out)"

train 1 --epochs 300 --save whole || complain "$(cat err)"
train 2 --epochs 300 --save part --checkpoint at --every 3 &
job=$!
i=0
while [ ! -e at ] && [ $i -lt 600 ]; do
    sleep 0.1
    i=$((i + 1))
done
kill -9 "$(pgrep -f "$program train.*--save part" | tail -n 1)"
wait $job && complain "a killed process, and all is well?"
grep -q 'signal 9' err || complain "a killed process: $(cat err)"
[ -e part ] && complain "killed too late"
train 4 --epochs 300 --save part --checkpoint at --resume at || complain "go on: $(cat err)"
cmp whole part || complain "another training after a process was killed"

shards=3
train 2 --epochs 1 --save s2 && complain "3 shards on 2 processes"
[ "$(grep -c '^error' err)" = 1 ] || complain "said more than once: $(cat err)"
exit $failed
