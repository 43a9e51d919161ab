#!/bin/sh
# Redraws the README's pictures of the astronaut. Run it in the source folder after `make demo`.
set -e
folder=$(mktemp -d)
photo=$(.venv/bin/python -c "from mien.demo import astronaut; print(astronaut())")
printf 'file,expression\nastronaut.png,happy\n' > "$folder/truth.csv"
.venv/bin/mien detect "$photo" --out "$folder/plain"
.venv/bin/mien detect "$photo" --explain --out "$folder/explained" \
    --sheet "$folder/sheet.png" --truth "$folder/truth.csv"
cp "$folder"/plain/*.jpg docs/astronaut.jpg
cp "$folder"/explained/*.jpg docs/astronaut-explained.jpg
cp "$folder/sheet.png" docs/astronaut-sheet.png
rm -r "$folder"
.venv/bin/python dev/camera_picture.py    # needs `make test`'s packages and chromium
