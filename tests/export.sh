#!/bin/sh
# export.sh PROGRAM SPOIL COMPILER...: exported models are warning-free C99 and say what predict
# says: the same classes, and probabilities and values within 2e-6 (f32; at most 1e-12 in
# f64) of it relative to the larger of 1 and the number. Every kind of layer, several
# networks, columns that are numbers, words, words that are numbers, left out or missing,
# pictures, a regression. A model with a weight that is no number (SPOIL makes one) is told of.
set -u
program=$(realpath "$1")
spoil=$(realpath "$2")
shift 2
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
failed=0
complain() {
    echo "$*"
    failed=1
}

seq 240 | awk '{
    k = $1 % 5
    word = k == 0 ? "" : k < 3 ? "\"a \"\"q\"\", ?\"" : ("plain/*?" k)
    print ($1 % 11 ? $1 / 50 : "") "," ($1 * 7) % 3 + 1 "," word ",id-" $1 "," (($1 > 80 && $1 < 160) ? "mid\\dle" : "\"ed,ge\"")
}' >rows
{ echo 'x,grade,kind,id,band' && cat rows; } >table.csv
# Pictures: 8 x 8 pixels from two patterns.
mkdir idx
{
    printf '\000\000\010\003\000\000\000\050\000\000\000\010\000\000\000\010'
    awk 'BEGIN {for (i = 0; i < 40; i++) for (p = 0; p < 64; p++) printf "%s", (i % 2 ? int(p / 8) == 3 : p % 8 == 3) ? "z" : substr("abcdefghij", (i * p) % 10 + 1, 1)}'
} >idx/train-images-idx3-ubyte
{
    printf '\000\000\010\001\000\000\000\050'
    awk 'BEGIN {for (i = 0; i < 40; i++) printf "%s", i % 2 ? "b" : "a"}' | tr ab '\000\001'
} >idx/train-labels-idx1-ubyte
cp idx/train-images-idx3-ubyte idx/t10k-images-idx3-ubyte
cp idx/train-labels-idx1-ubyte idx/t10k-labels-idx1-ubyte
tail -c +17 idx/t10k-images-idx3-ubyte >pixels

# same TOLERANCE WHAT: a.csv and b.csv, cell by cell.
same() {
    paste a.csv b.csv | awk -F '\t' -v tol="$1" -v what="$2" '
        $1 == $2 {next}
        {n = split($1, a, ","); if (n != split($2, b, ",")) bad = $0
         for (i = 1; i <= n; i++) if (a[i] != b[i]) {
             d = a[i] - b[i]; if (d < 0) d = -d; s = b[i] < 0 ? -b[i] : b[i]; if (s < 1) s = 1
             if (a[i] + 0 != a[i] || !(d <= tol * s)) bad = $0
         }}
        END {if (bad || !NR) {print what ": " bad; exit 1}}' || failed=1
}

# try TOLERANCE DATA INPUT TRAIN-OPTIONS...: train, export, compile, compare.
try() {
    tol=$1 data=$2 input=$3
    shift 3
    "$program" train --data "$data" --save m --epochs 4 "$@" >/dev/null 2>err || complain "train $*: $(cat err)"
    "$program" export --model m --c m.c --prefix a_net || complain "export $*"
    "$program" predict --model m --data "$data" --csv >b.csv || complain "predict $*"
    for cc in $compilers; do
        rm -f m.exe
        $cc -std=c99 -pedantic -Wall -Wextra -Werror -O1 -DMODEL_MAIN m.c -o m.exe -lm || complain "$cc: $*"
        ./m.exe <"$input" >a.csv || complain "program of $*"
        same "$tol" "$cc: $*"
    done
    $first -std=c99 -pedantic -Wall -Wextra -Werror -c m.c -o m.o || complain "as a part: $*"
}
compilers=$*
first=$1
table='--target band --missing mean'
# shellcheck disable=SC2086 # lists of words
{
    try 2e-6 table.csv table.csv $table --model 'linear 12, batchnorm, gelu, layernorm, pswish, dropout 0.9, linear 12, groupnorm 3, elu, prelu, linear 12, maxout 3, linear 4, maxout 2'
    compilers=$first
    try 2e-6 table.csv table.csv $table --model 'batchnorm, linear 8, softplus, swish 0.5, linear 8, leaky_relu 0.1, sigmoid, linear 2, tanh' --ensemble 3
    try 1e-12 table.csv table.csv $table --model 'linear 9, elu 0.5, batchnorm, linear 9, swish, linear 2' --ensemble 2 --dtype f64
    try 2e-6 table.csv table.csv --target band --missing drop --model 'linear 8, relu, linear 2'
    try 1e-12 table.csv table.csv --target x --missing mean --model 'linear 8, tanh, linear 1' --dtype f64 --ensemble 2
    try 2e-6 idx pixels --model 'linear 16, relu, linear 2'
}
# A dead unit: the network still learns, and its program says what it says.
"$program" train --data table.csv --target x --missing mean --model 'linear 8, relu, linear 1' --epochs 1 --dtype f64 --save fine >/dev/null 2>&1
"$spoil" fine dead || complain "spoil"
"$program" export --model dead --c m.c --prefix a_net 2>err
[ "$(cat err)" = 'note: dead: 0.bias holds inf or nan: what the model says is worth nothing' ] || complain "exported without a note: $(cat err)"
$first -std=c99 -pedantic -Wall -Wextra -Werror -DMODEL_MAIN m.c -o m.exe -lm || complain "a dead unit is no C"
./m.exe <table.csv >a.csv
"$program" predict --model dead --data table.csv --csv >b.csv 2>/dev/null
same 1e-12 "a dead unit"
"$program" train --data table.csv --target x --resume dead --epochs 1 --save again >/dev/null 2>err || complain "go on: $(cat err)"
grep -q 'note: again: 0.bias holds' err || complain "saved without a note: $(cat err)"
"$program" export --model fine --c m.c 2>err
[ -s err ] && complain "a sound model: $(cat err)"
"$program" export --model m --c /nowhere/m.c 2>err && complain "wrote into /nowhere"
grep -q 'cannot be written' err || complain "$(cat err)"
"$program" export --model m --c m.c --prefix 'a b' 2>err
[ $? = 2 ] || complain "a prefix that is no name"
exit $failed
