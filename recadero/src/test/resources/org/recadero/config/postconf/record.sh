#!/bin/bash
# Records what Debian's postconf does, as root where Postfix is installed: record.sh FOLDER-OF-THIS-SCRIPT > golden.txt
# Each line of cases.txt: corpus of main.cf, corpus of master.cf, arguments; tabs between them; \n in an argument is a newline.
here=$1
dir=/tmp/postconf-cases
mkdir -p $dir
corpus() { awk -v want="=== $1" '/^=== /{on = ($0 == want); next} on' "$here/corpora.txt"; }
shown() { sed "s#$dir#@DIR@#g" "$1"; }
n=0
while IFS= read -r line; do
    IFS=$'\t' read -r main master rest <<<"$line"
    args=()
    tail=${line#*$'\t'}
    if [[ $tail == *$'\t'* ]]; then
        tail=${tail#*$'\t'}
        while :; do
            word=${tail%%$'\t'*}
            args+=("${word//\\n/$'\n'}")
            [[ $tail == *$'\t'* ]] || break
            tail=${tail#*$'\t'}
        done
    fi
    rm -f $dir/*
    corpus "$main" >$dir/main.cf
    corpus "$master" >$dir/master.cf
    cp $dir/main.cf /tmp/main.before
    cp $dir/master.cf /tmp/master.before
    postconf -c $dir "${args[@]}" >/tmp/out 2>/tmp/err </dev/null
    status=$?
    echo "### $line"
    echo "--- status $status"
    echo "--- out"
    shown /tmp/out
    echo "--- err"
    shown /tmp/err
    for f in main master; do
        cmp -s $dir/$f.cf /tmp/$f.before || { echo "--- $f.cf"; shown $dir/$f.cf; }
    done
done <"$here/cases.txt"
