import type { Config } from "../../config/config.ts";
import { UsageError } from "../../errors.ts";
import { formatPlatform } from "../../oci/platform.ts";

/**
 * Throws a usage error if imported variants are built for other platforms than those wanted: what a
 * file says of a target or a service applies, whatever the config has under `defaults`.
 */
export function refuseOtherPlatforms(
  { variants }: Config,
  wanted: readonly string[],
  file: string,
): void {
  const said = [...wanted].sort().join(", ");
  const problems = variants.flatMap(({ name, platforms }) => {
    const own = platforms.map(formatPlatform).sort().join(", ");
    return own === said ? [] : [`${file} sets the platforms of ${name}: ${own}, not ${said}`];
  });
  if (problems.length === 0) return;
  throw new UsageError(problems.join("\n"), {
    hint: `leave out --platform, or change ${file}`,
  });
}
