#!/bin/sh
# completion.sh PROGRAM: bash, zsh and fish complete a command, an option, a choice and a
# file with the script that the program writes; a shell that is not there is passed over.
set -eu
program=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for shell in bash zsh fish; do "$program" completion $shell >"$dir/$shell"; done
cd "$dir"
: >a_table.csv

cat >ask.bash <<'SH'
source ./bash
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_retrograd_words
printf '%s\n' "${COMPREPLY[@]}"
SH
in_bash() { bash ask.bash "$@" >got; }

cat >ask.fish <<'SH'
source ./fish
complete -C (string join -- ' ' $argv)
SH
in_fish() { HOME=$dir fish ask.fish "$@" >got; }

# What zsh has on the line after Tab was pressed: a key writes it to a file.
cat >ask.zsh <<'SH'
zmodload zsh/zpty
cat >rc <<'RC'
PROMPT=
fpath=(./functions $fpath)
autoload -U compinit && compinit -u -D
[[ -d functions ]] || source ./zsh
show() { print -r -- "$BUFFER" >./line }
zle -N show && bindkey '^T' show
RC
zpty shell zsh -f -i
zpty -w shell 'source ./rc; touch ready'
repeat 100; do [[ -e ready ]] && break; sleep 0.1; done
zpty -w -n shell "$*"$'\t\x14'
repeat 100; do [[ -s line ]] && break; zpty -r -t shell junk; sleep 0.1; done
cat line
zpty -d shell
rm -f ready line
SH
in_zsh() { HOME=$dir TERM=dumb zsh -f ask.zsh "$@" >got 2>&1; }

# The same with the script where it is installed: among zsh's functions, found by its name.
in_zsh_installed() {
    mkdir functions && cp zsh functions/_retrograd
    in_zsh "$@"
    rm -r functions
}

try() { # SHELL CANDIDATE WORDS...
    shell=$1 candidate=$2
    shift 2
    "in_$shell" "$@"
    if ! grep -qE -- "(^|[ 	])$candidate([ 	]|$)" got; then
        echo "$shell: '$*' is not completed to $candidate but to: $(cat got)"
        exit 1
    fi
}
for shell in bash zsh fish; do
    command -v "$shell" >/dev/null || { echo "no $shell here" && continue; }
    try $shell explain retrograd expl
    try $shell --hessian retrograd grad --hess
    try $shell f32 retrograd grad --dtype f3
    try $shell 'a_table\.csv' retrograd fit --data a_ta
    try $shell expressions retrograd help expre
    try $shell matmul retrograd rules matm
    try $shell fish retrograd completion fi
    try $shell '8\.3' retrograd lesson 8.3
    [ $shell != zsh ] || try zsh_installed matmul retrograd rules matm
done
