#!/bin/sh
# Fetches free music on which the judge has not been trained, from Debian packages. Nothing is installed.
#
#     benches/judge/music.sh FOLDER
#
# Needs apt-get and dpkg (Debian, Ubuntu; a container of them does) and 560 MB of downloads. Elsewhere: fetch the
# packages named in music.txt by hand from a mirror of Debian 12 and unpack them (`ar x`, `tar xf data.tar.*`, or
# bsdtar); then copy the files named there into one folder.
#
# The statistics of the judge (catalog/judge/model.toml) come from other packages, listed there; this script stops
# if one of them is asked for.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?"usage: music.sh FOLDER"}
model=$here/../../catalog/judge/model.toml
mkdir -p "$folder/packages"
folder=$(cd "$folder" && pwd)
for tool in apt-get dpkg; do
    command -v $tool >/dev/null || { echo "no $tool here: fetch the packages of $here/music.txt by hand" >&2; exit 2; }
done

grep -v '^#' "$here/music.txt" | while read -r package path; do
    if sed -n '1,/^$/p' "$model" | grep -q "$package ("; then
        echo "$package is among those of $model" >&2
        exit 2
    fi
    unpacked=$folder/packages/$package
    if [ ! -d "$unpacked" ]; then
        (cd "$folder/packages" && apt-get download "$package" >/dev/null)
        dpkg -x "$folder/packages/$package"_*.deb "$unpacked"
        rm -f "$folder/packages/$package"_*.deb
    fi
    cp "$unpacked/$path" "$folder/$package--$(basename "$path" | tr ' @' '__')"
done
echo "$(ls "$folder" | grep -c -- --) pieces in $folder; licences in packages/*/usr/share/doc/*/copyright"
