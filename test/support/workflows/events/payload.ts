import type { Mapping } from "../document/values.ts";
import type { Repository } from "./repository.ts";

/** What the payload of every event holds. */
export function repositoryPayload(repository: Repository): Mapping {
  return {
    repository: { ...namePayload(repository.name), default_branch: repository.defaultBranch },
    sender: { login: "octocat" },
  };
}

/** A repository as payloads name it. Its id follows from its name. */
export function namePayload(name: string): Mapping {
  const [owner = "", short = ""] = name.split("/");
  const id = Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 1e9, 7);
  return { id, full_name: name, name: short, owner: { login: owner } };
}
