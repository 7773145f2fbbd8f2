import { expect, it } from "vitest";
import { parseRepository } from "./reference.ts";
import { isWebPage, webPageOf } from "./web-page.ts";

it.each([
  ["ghcr.io/acme/app", "https://ghcr.io/acme/app"],
  ["gcr.io/acme/app", "https://gcr.io/acme/app"],
  ["docker.io/acme/app", "https://hub.docker.com/r/acme/app"],
  ["docker.io/library/busybox", "https://hub.docker.com/_/busybox"],
  ["quay.io/acme/app", "https://quay.io/repository/acme/app"],
  ["public.ecr.aws/acme/app", "https://gallery.ecr.aws/acme/app"],
  ["registry.gitlab.com/acme/app/web", "https://gitlab.com/acme/app/container_registry"],
  [
    "europe-west1-docker.pkg.dev/acme/images/app",
    "https://console.cloud.google.com/artifacts/docker/acme/europe-west1/images/app",
  ],
  [
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
    "https://eu-west-1.console.aws.amazon.com/ecr/repositories/private/123456789012/team/app",
  ],
  ["registry.example.com/acme/app", undefined],
  ["127.0.0.1:5000/acme/app", undefined],
])("%s is shown at %s", (name, page) => {
  expect(webPageOf(parseRepository(name))).toBe(page);
});

it("of a GitLab project in a group of groups, the checkout knows the path", () => {
  const image = parseRepository("registry.gitlab.com/acme/tools/app/web");
  expect(webPageOf(image, "Acme/tools/app")).toBe(
    "https://gitlab.com/Acme/tools/app/container_registry",
  );
  expect(webPageOf(image, "acme/tool")).toBe("https://gitlab.com/acme/tools/container_registry");
});

it.each([
  ["https://github.com/acme/app/actions/runs/1", true],
  ["http://gitlab.local/acme", true],
  ["javascript:alert(1)", false],
  ["file:///etc/passwd", false],
  ["https://user:secret@example.com/", false],
  ["--version", false],
  ["123", false],
])("%s is a page for a browser: %s", (text, expected) => {
  expect(isWebPage(text)).toBe(expected);
});
