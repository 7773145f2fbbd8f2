import { describe, expect, it } from "vitest";
import { known, Unknown } from "../expressions/value.ts";
import { hasDigest, repositoryOf } from "./image-name.ts";

describe("the repository of a reference", () => {
  it.each([
    ["ghcr.io/acme/app:1.2", "ghcr.io/acme/app"],
    ["ghcr.io/acme/app@sha256:abc", "ghcr.io/acme/app"],
    ["localhost:5000/app", "localhost:5000/app"],
    ["localhost:5000/app:edge@sha256:abc", "localhost:5000/app"],
    ["docker.io/acme/app:1", "acme/app"],
    ["docker.io/library/debian", "debian"],
    ["debian:13", "debian"],
    ["library/debian:13", "debian"],
    ["index.docker.io/acme/app", "acme/app"],
  ])("%s: %s", (reference, repository) => {
    expect(repositoryOf(known(reference))).toEqual(known(repository));
  });

  it("keeps what is not known of it", () => {
    const [owner, tag] = ["vars.OWNER", "format('a:{0}', github.sha)"].map(
      (expression) => new Unknown(expression, "run"),
    );
    if (owner === undefined || tag === undefined) throw new Error("unreachable");
    const text = `ghcr.io/\${{ ${owner.expression} }}/app:\${{ ${tag.expression} }}`;
    expect(repositoryOf({ text, unknown: [owner, tag] })).toEqual({
      text: "ghcr.io/${{ vars.OWNER }}/app",
      unknown: [owner],
    });
  });

  it.each([
    ["acme/app@sha256:abc", true],
    ["acme/app:1", false],
    ["acme/app:${{ format('{0}@', 1) }}", false],
  ])("%s has a digest: %s", (text, expected) => {
    expect(hasDigest(known(text))).toBe(expected);
  });
});
