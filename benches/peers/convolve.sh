#!/usr/bin/env bash
# Our convolvers beside others, in turn, in one sitting: CPU seconds, ns per frame, and ratios. See README.md.
set -euo pipefail
runs=${1:-5}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/target/peers
ffmpeg=${FFMPEG:-ffmpeg}
mkdir -p "$work"

cargo build --quiet --release --manifest-path "$root/Cargo.toml" --package farfield-signal --examples
cargo build --quiet --release --manifest-path "$here/convolve/Cargo.toml" --target-dir "$work/target"
ours=${CARGO_TARGET_DIR:-$root/target}/release/examples
peers=$work/target/release
[ -f "$work/response_2.wav" ] || "$peers/material" "$work"

# Since version 7 ffmpeg scales responses unless told not to.
unscaled=""
"$ffmpeg" -hide_banner -h filter=afir 2> /dev/null | grep -q irnorm && unscaled=":irnorm=-1"

has() { command -v "$1" > /dev/null || { echo "left out: $1 is not installed"; return 1; }; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
# CPU seconds, user and system, of a command and its children.
cpu() { local TIMEFORMAT='%U %S'; { time "$@" > /dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'; }
load() { echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg)"; }

zita=no
if [ -f /usr/include/zita-convolver.h ]; then
    c++ -O2 -o "$work/zita_realtime" "$here/convolve/zita_realtime.cpp" -lzita-convolver -lpthread && zita=yes
else
    echo "left out: libzita-convolver-dev is not installed"
fi

echo "== Real time: 64 frames at 48 kHz, 20 s, $runs runs in turn; $(load)"
for seconds in 0.5 2; do
    taps=$(awk -v s=$seconds 'BEGIN { print 48000 * s }')
    for file in farfield zita zita_vector fft; do : > "$work/$file.txt"; done
    for _ in $(seq "$runs"); do
        "$ours/convolve_realtime" $seconds 64 20 >> "$work/farfield.txt"
        if [ $zita = yes ]; then
            "$work/zita_realtime" "$taps" 64 20 0 >> "$work/zita.txt"
            "$work/zita_realtime" "$taps" 64 20 1 >> "$work/zita_vector.txt"
        fi
        "$peers/fft_convolver_realtime" "$work/response_$seconds.wav" 64 20 >> "$work/fft.txt"
    done
    for file in farfield zita zita_vector fft; do
        [ -s "$work/$file.txt" ] || continue
        mean=$(grep -oE '\(?[0-9.]+ (ns/frame \(all|with the driver)' "$work/$file.txt" | grep -oE '[0-9.]+' | median)
        worst=$(grep -oE '[0-9.]+ of the deadline' "$work/$file.txt" | grep -oE '^[0-9.]+' | median)
        [ $file = farfield ] && own=$mean
        echo "$seconds s  $file: $mean ns/frame, worst block $worst of the deadline; ours is $(ratio "$own" "$mean") of it"
    done
done

echo "== Offline, nothing but the convolution, CPU seconds, $runs runs in turn; $(load)"
"$ours/convolve_offline" "$runs"

echo "== Files: 4 minutes of stereo at 48 kHz, float in and out, CPU seconds, $runs runs in turn; $(load)"
for seconds in 0.5 2; do
    response=$work/response_$seconds.wav
    {
        echo "/convolver/new 2 2 8192 $(awk -v s=$seconds 'BEGIN { print 48000 * s }')"
        for path in "1 1 1" "1 2 2" "2 1 3" "2 2 4"; do
            read -r from to channel <<< "$path"
            echo "/impulse/read $from $to 1.0 0 0 0 $channel $response"
        done
    } > "$work/fconvolver.conf"
    graph="[0:a]pan=4c|c0=c0|c1=c0|c2=c1|c3=c1,aformat=channel_layouts=4.0[q];[1:a]aformat=channel_layouts=4.0[h]"
    graph="$graph;[q][h]afir=gtype=none:maxir=10$unscaled,pan=stereo|c0=c0+c2|c1=c1+c3[o]"
    run() {
        case $1 in
            farfield) cpu "$ours/convolve_file" "$work/song.wav" "$response" "$work/out.wav" ;;
            fconvolver) cpu fconvolver -T "$work/fconvolver.conf" "$work/song.wav" "$work/out.wav" ;;
            fft-convolver) cpu "$peers/fft_convolver_file" "$work/song.wav" "$response" "$work/out.wav" 16384 ;;
            ffmpeg) cpu "$ffmpeg" -v error -y -filter_complex_threads 1 -i "$work/song.wav" -i "$response" \
                -filter_complex "$graph" -map '[o]' -c:a pcm_f32le "$work/out.wav" ;;
        esac
    }
    programs=(farfield fft-convolver)
    has fconvolver && programs+=(fconvolver)
    has "$ffmpeg" && programs+=(ffmpeg)
    for program in "${programs[@]}"; do run "$program" > /dev/null; : > "$work/$program.cpu"; done
    for _ in $(seq "$runs"); do
        for program in "${programs[@]}"; do run "$program" >> "$work/$program.cpu"; done
    done
    own=$(median < "$work/farfield.cpu")
    for program in "${programs[@]}"; do
        its=$(median < "$work/$program.cpu")
        echo "$seconds s  $program: $its s; ours is $(ratio "$own" "$its") of it"
    done
done
rm -f "$work/out.wav"
