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
])("a variable in %s", (script, quoting) => {
  expect(quotingAt(script, script.indexOf("${{ x"))).toBe(quoting);
});
