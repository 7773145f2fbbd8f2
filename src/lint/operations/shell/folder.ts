import { posix } from "node:path";
import { joinTexts, known, partOf, type Text } from "../../expressions/value.ts";

/** The checkout, as GitHub and GitLab name it. */
const root = /^\$\{\{ (?:github\.workspace|\$GITHUB_WORKSPACE|\$CI_PROJECT_DIR) \}\}(?:\/|$)/;

/** A path as seen from the repository's root, of a command that runs in a folder of it. */
export function inFolder(folder: Text, path: Text): Text {
  const inRoot = path.text.replace(root, "");
  if (inRoot !== path.text) return normalized(partOf(path, inRoot));
  if (/^(?:\/|~|\$\{\{)/.test(path.text)) return path;
  if (folder.unknown.length === 0) {
    return normalized({ ...path, text: posix.join(folder.text, path.text) });
  }
  return path.text === "." ? folder : joinTexts([folder, known("/"), path]);
}

function normalized(path: Text): Text {
  if (path.unknown.length > 0) return path;
  const text = posix.normalize(path.text === "" ? "." : path.text);
  return { ...path, text: text.replace(/(?<=.)\/$/, "") };
}
