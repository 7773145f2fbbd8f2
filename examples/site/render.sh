# Renders each page of a folder with the same head: render.sh PAGES SITE
set -eu
mkdir -p "$2"
for page in "$1"/*.txt; do
  name=$(basename "$page" .txt)
  { echo "<!doctype html><title>$name</title><pre>"; cat "$page"; echo "</pre>"; } > "$2/$name.html"
done
