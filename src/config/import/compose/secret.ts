import { posix } from "node:path";
import { formatCsvField } from "../../../csv.ts";
import { pathFrom } from "../../config-path.ts";
import { isRecord, type Path } from "../../yaml/yaml-file.ts";
import type { ComposeReader } from "./reader.ts";

/** By reference: the secret itself stays out of the plan. */
export function secretOf(
  source: string,
  id: string,
  path: Path,
  reader: ComposeReader,
): string | undefined {
  const found = reader.secrets[source];
  const secret = isRecord(found) ? found : {};
  const { environment, file } = secret;
  if (typeof environment === "string") {
    return `id=${id},env=${reader.interpolated(environment, path)}`;
  }
  if (typeof file === "string") {
    const written = reader.interpolated(file, ["secrets", source, "file"]);
    const src = pathFrom(posix.dirname(reader.file), written);
    return `id=${id},${formatCsvField(`src=${src}`)}`;
  }
  const why = found === undefined ? "is not declared in the file" : "has no file or environment";
  reader.problem(path, `the secret ${source} ${why}`);
  return undefined;
}
