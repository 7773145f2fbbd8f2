import { formatCsvField } from "../../../../csv.ts";
import { pathFrom } from "../../../config-path.ts";
import { isRecord, type Path } from "../../../yaml/yaml-file.ts";
import type { ComposeReader } from "../files/reader.ts";

/** By reference: the secret itself stays out of the plan. */
export function secretOf(
  source: string,
  id: string,
  path: Path,
  reader: ComposeReader,
): string | undefined {
  const found = reader.secrets.get(source);
  const secret = isRecord(found?.value) ? found.value : {};
  const { reader: owner = reader } = found ?? {};
  const { environment, file } = secret;
  if (typeof environment === "string") {
    return `id=${id},env=${owner.interpolated(environment, ["secrets", source, "environment"])}`;
  }
  if (typeof file === "string") {
    const written = owner.interpolated(file, ["secrets", source, "file"]);
    const src = pathFrom(owner.folder, written);
    return `id=${id},${formatCsvField(`src=${src}`)}`;
  }
  const why = found === undefined ? "is not declared under secrets" : "has no file or environment";
  reader.problem(path, `the secret ${source} ${why}`);
  return undefined;
}
