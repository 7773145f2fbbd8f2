import { expect, it } from "vitest";
import { quotingAt } from "./quoting.ts";

it.each([
  ['echo "a ${{ x }}"', "double"],
  ["echo 'a ${{ x }}'", "single"],
  ["echo a${{ x }}", "none"],
  ['echo "it\'s ${{ x }}"', "double"],
  ['echo "$(cat "f")" "${{ x }}"', "double"],
  ["x=$(echo '${{ x }}')", "single"],
  ['echo \\" ${{ x }}', "none"],
  ["cat <<EOF\n${{ x }}\nEOF", "double"],
  ["cat <<'EOF'\n${{ x }}\nEOF", "verbatim"],
  ['cat <<"EOF"\n${{ x }}\nEOF', "verbatim"],
  ["echo $'${{ x }}'", undefined],
  ["# ${{ x }}", undefined],
  ['if [[ "${{ x }}" == a ]]; then echo; fi', "double"],
  ['echo "${{ x }}', undefined],
  ['bash -c "echo ${{ x }}"', undefined],
  ["sudo bash -euc 'echo ${{ x }}'", undefined],
  ['eval "echo ${{ x }}"', undefined],
  ['ssh host echo "${{ x }}"', undefined],
  ['docker exec app /bin/sh -c "echo ${{ x }}"', undefined],
  ["python3 - <<'E'\nprint('${{ x }}')\nE", undefined],
  ["cat <<E | sh\necho ${{ x }}\nE", undefined],
  ['echo "echo ${{ x }}" | sudo bash', undefined],
  ['bash -c "$(printf %s "${{ x }}")"', undefined],
  ['python3 report.py --title "${{ x }}"', "double"],
  ['bash -c \'echo "$1"\' name "${{ x }}"', "double"],
  ['cat log | grep -c "${{ x }}"', "double"],
])("a variable in %s", (script, quoting) => {
  expect(quotingAt(script, script.indexOf("${{ x"))).toBe(quoting);
});
