import type { Problem } from "../../../errors.ts";
import { suggest } from "../../../nearest.ts";
import type { Services } from "./files/layers.ts";
import { hasBuild, lastOf } from "./service.ts";

/** A context of `service` that is the service `other`. */
interface Link {
  readonly service: string;
  readonly other: string;
  /** All that the project has. */
  readonly services: Services;
  /** Those that become variants. */
  readonly imported: ReadonlySet<string>;
}

/** Why a context cannot be another service; the message goes on from the context's name. */
export function findLinkProblem({
  service,
  other,
  services,
  imported,
}: Link): Pick<Problem, "message" | "hint"> | undefined {
  if (other === service) {
    return { message: "refers to its own service", hint: "remove it, or refer to another service" };
  }
  const found = services.get(other);
  if (found === undefined) {
    const others = [...services.keys()].filter((name) => name !== service);
    const hint = others.length === 0 ? undefined : suggest(other, others);
    return { message: `refers to the service "${other}", which does not exist`, hint };
  }
  if (!hasBuild(found)) {
    const image = lastOf(found, "image");
    const address = `docker-image://${typeof image === "string" ? image : "IMAGE"}`;
    return {
      message: `refers to the service ${other}, which has no build section`,
      hint: `use its image instead: ${address}`,
    };
  }
  if (imported.has(other)) return undefined;
  return {
    message: `refers to the service ${other}, which is not imported`,
    hint: `add ${other} to the services of this import`,
  };
}
