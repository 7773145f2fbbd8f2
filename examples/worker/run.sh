# Runs the jobs in the order of their names; stops at the first that fails.
set -eu
for job in /jobs/*.sh; do
  sh "$job"
done
