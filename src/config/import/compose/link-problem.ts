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
    return { message: "is this service itself", hint: "leave it out, or name another service" };
  }
  const found = services.get(other);
  if (found === undefined) {
    const others = [...services.keys()].filter((name) => name !== service);
    const hint = others.length === 0 ? undefined : suggest(other, others);
    return { message: `is "${other}", but there is no such service`, hint };
  }
  if (!hasBuild(found)) {
    const image = lastOf(found, "image");
    const address = `docker-image://${typeof image === "string" ? image : "IMAGE"}`;
    return {
      message: `is the service ${other}, which has no build`,
      hint: `name its image instead: ${address}`,
    };
  }
  if (imported.has(other)) return undefined;
  return {
    message: `is the service ${other}, which is not imported`,
    hint: `add ${other} to the services of this import`,
  };
}
