import { expect, it } from "vitest";
import { parseConfig } from "../../../test/support/parse-config.ts";
import { shownConfig } from "./shown-config.ts";
import { formatTagRule } from "./tag-text.ts";
import { parseTagRule } from "../publish/tag-rule.ts";

it.each([
  "type=ref,event=pr,prefix=x-",
  "type=semver,pattern={{version}},value=v1.2.3,prefix=a,suffix=-b,enable={{is_default_branch}}",
  String.raw`type=match,"pattern=v(\d{1,3})",group=1,priority=5`,
  "type=edge,branch=dev",
  "type=sha,format=long",
  'type=raw,"value=a,b",enable=false',
  "type=schedule,pattern=weekly",
  "type=pep440,pattern={{major}},match=v(.*)",
])("formats the rule %s as it was written", (text) => {
  expect(formatTagRule(parseTagRule(text))).toBe(text);
});

/** A config of everything that is shown. */
const whole = `cache: { repository: ghcr.io/acme/cache, scratch: ghcr.io/acme/scratch, type: registry, retention: { orphaned: 36h, unused: 90 minutes, legs: 5, max-size: 20GiB, grace: 2d, dirs: { older-than: 30d, keep-last: 2, max-size: 1gb } } }
logs: false
branches: { default: main, release: ["release/*"] }
refresh: { arg: EPOCH, every: week }
pins: { hold: epoch }
runners: { linux/arm64: arm }
builders: { linux/arm64: pi }
insecure: [r.local]
dirs: { npm: { }, models: { key: "models-{hash:m.lock}", or: [models-], paths: [models] } }
variants:
  app:
    context: app
    dockerfile: app/Dockerfile
    target: final
    platforms: [linux/amd64, linux/arm64]
    args: { A: "1.10" }
    platform-args: { linux/arm64: { A: "2" } }
    labels: { l: x }
    contexts: { c: "docker-image://busybox" }
    secrets: ["id=npm,env=NPM_TOKEN"]
    ssh: [default]
    inputs: [src]
    filters: { "*.json": "json:/a", "*.c": strip-comments, "*.y": "command:cat" }
    network: none
    shm-size: 64m
    ulimits: [nofile=1024:2048]
    allow: [network.host]
    add-hosts: ["db:10.0.0.7"]
    sbom: { generator: ghcr.io/acme/sbom }
    provenance: max
    cache: { mode: min }
    runners: { linux/amd64: big }
    suffix: -x
    publish:
      - { repository: ghcr.io/acme/app, tags: [latest, "type=sha"], flavor: ["latest=false", "prefix=p-,onlatest=true"], annotations: { a: b } }
    preview: { repository: ghcr.io/acme/preview, expires: 7d }
`;

it("is in the config's words: read again, it means the same", () => {
  const config = parseConfig(whole, "layerkeep.yml", {});
  // JSON is YAML, too.
  const again = parseConfig(JSON.stringify(shownConfig(config, [])), "layerkeep.yml", {});
  const line = (one: typeof config) => one.variants.map((variant) => ({ ...variant, line: 0 }));
  expect(line(again)).toEqual(line(config));
  expect(shownConfig(again, [])["dirs"]).toEqual(shownConfig(config, [])["dirs"]);
  for (const key of [
    "branches",
    "cache",
    "refresh",
    "holdPins",
    "runners",
    "builders",
    "logs",
  ] as const) {
    expect(again[key]).toEqual(config[key]);
  }
});

it("prints durations and sizes as people write them", () => {
  expect(shownConfig(parseConfig(whole, "layerkeep.yml", {}), [])["cache"]).toMatchObject({
    retention: {
      ...{ orphaned: "36 hours", unused: "90 minutes", legs: "5" },
      ...{ "max-size": "20 GiB", grace: "2 days" },
      dirs: { "older-than": "30 days", "keep-last": "2", "max-size": "1 GB" },
    },
  });
});

it("masks what looks like a secret", () => {
  const text = "variants: { app: { args: { NPM_TOKEN: abcdef, URL: 'https://me:pw@x.y' } } }";
  const shown = JSON.stringify(shownConfig(parseConfig(text, "layerkeep.yml", {}), ["app"]));
  expect(shown).toContain('"NPM_TOKEN":"***"');
  expect(shown).not.toContain("pw@");
});
