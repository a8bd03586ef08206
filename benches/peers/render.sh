#!/usr/bin/env bash
# `farfield render --on all` beside what one would script with ffmpeg today: twelve runs, each a convolution, a
# loudness meter and a FLAC. CPU seconds a system, wall time, peak memory, and ratios. See README.md.
#
#     benches/peers/render.sh [RUNS] [SONG]
set -euo pipefail
runs=${1:-3}
song=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/target/peers
ffmpeg=${FFMPEG:-ffmpeg}
for program in "$ffmpeg" /usr/bin/time; do
    command -v "$program" > /dev/null || { echo "needs $program (GNU time, ffmpeg; FFMPEG=/path chooses one)"; exit 1; }
done
mkdir -p "$work/renders"

cargo build --quiet --release --manifest-path "$root/Cargo.toml" --package farfield-cli
cargo build --quiet --release --manifest-path "$here/convolve/Cargo.toml" --target-dir "$work/target"
farfield=${CARGO_TARGET_DIR:-$root/target}/release/farfield
[ -f "$work/response_0.5.wav" ] || "$work/target/release/material" "$work"
if [ -z "$song" ]; then
    song=$work/music.wav
    [ -f "$song" ] || "$ffmpeg" -v error -stream_loop -1 -i "$root/music/metal-madness.flac" -t 240 -ar 48000 \
        -af volume=-3dB -c:a pcm_s24le "$song"
fi

# Since version 7 ffmpeg scales responses unless told not to.
unscaled=""
"$ffmpeg" -hide_banner -h filter=afir 2> /dev/null | grep -q irnorm && unscaled=":irnorm=-1"
graph="[0:a]pan=4c|c0=c0|c1=c0|c2=c1|c3=c1,aformat=channel_layouts=4.0[q];[1:a]aformat=channel_layouts=4.0[h]"
graph="$graph;[q][h]afir=gtype=none:maxir=10$unscaled,pan=stereo|c0=c0+c2|c1=c1+c3,ebur128=framelog=verbose:peak=true[o]"

pipeline() {
    for n in 01 02 03 04 05 06 07 08 09 10 11 12; do
        "$ffmpeg" -nostats -hide_banner -y -i "$song" -i "$work/response_0.5.wav" -filter_complex "$graph" \
            -map '[o]' -c:a flac -sample_fmt s32 "$work/renders/ffmpeg.$n.flac" 2> "$work/ffmpeg.log" || exit 1
    done
}
export -f pipeline
export ffmpeg song work graph

# CPU seconds, wall seconds, peak MiB of a command and its children.
measured() {
    /usr/bin/time -f '%U %S %e %M' -o "$work/time.txt" "$@" > /dev/null 2>&1 ||
        { echo "failed: $* (ffmpeg says why in $work/ffmpeg.log)" >&2; return 1; }
    awk '{ print $1 + $2, $3, $4 / 1024 }' "$work/time.txt"
}
render() { measured "$farfield" render "$song" --on all -o "$work/renders" --force --quiet "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
column() { awk -v n="$2" '{ print $n }' "$work/$1.job" | median; }
load() { echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg)"; }

count=$("$farfield" systems --json | grep -c '"id"')
echo "== ${song##*/}: $count systems beside twelve runs of $("$ffmpeg" -version | head -1 | cut -d ' ' -f 1-3), $runs in turn; $(load)"
for job in ffmpeg wav flac; do : > "$work/$job.job"; done
for _ in $(seq "$runs"); do
    measured bash -c pipeline >> "$work/ffmpeg.job"
    render >> "$work/wav.job"
    render --format flac >> "$work/flac.job"
done
peer=$(column ffmpeg 1)
for job in ffmpeg wav flac; do
    of=$([ $job = ffmpeg ] && echo 12 || echo "$count")
    awk -v job=$job -v cpu="$(column $job 1)" -v wall="$(column $job 2)" -v mib="$(column $job 3)" -v of="$of" -v peer="$peer" 'BEGIN {
        printf "%-6s %6.2f CPU s, %.3f a system, %.2f of the peer; %.1f s wall; %.0f MiB\n",
            job, cpu, cpu / of, cpu / of / (peer / 12), wall, mib }'
done

echo "== farfield systems, 21 runs; $(load)"
for _ in $(seq 21); do
    from=$(date +%s%N)
    "$farfield" systems > /dev/null
    echo $((($(date +%s%N) - from) / 1000))
done | median | awk '{ printf "%.1f ms from start to end\n", $1 / 1000 }'
stat -c '%s' "$farfield" | awk '{ printf "the binary has %.1f MB\n", $1 / 1e6 }'
rm -rf "$work/renders" "$work/time.txt"
