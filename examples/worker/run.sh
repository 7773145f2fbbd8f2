# Runs every job in the order of its name; stops at the first that fails.
set -eu
for job in /jobs/*.sh; do
  sh "$job"
done
