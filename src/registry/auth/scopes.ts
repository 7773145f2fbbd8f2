import type { Repository } from "../../oci/reference.ts";
import type { Scope } from "./auth.ts";

export function pullScope({ path }: Repository): Scope {
  return { path, actions: ["pull"] };
}

export function pushScope({ path }: Repository): Scope {
  return { path, actions: ["pull", "push"] };
}

export function deleteScope({ path }: Repository): Scope {
  return { path, actions: ["delete", "pull"] };
}
