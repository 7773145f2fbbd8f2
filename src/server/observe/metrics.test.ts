import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { Metrics } from "./metrics.ts";
import { startRegistry } from "../start.ts";

const entry = {
  time: 0,
  method: "GET",
  path: "/v2/secret/name",
  repository: "secret/name",
  status: 200,
  bytesIn: 0,
  bytesOut: 0,
  milliseconds: 1,
};

const usage = { repositories: 3, tags: 4, manifests: 5, contents: 6, bytes: 7 };

/** The samples, except those of the process itself. */
function samples(metrics: Metrics): string[] {
  const gauges = {
    uploads: 2,
    usage,
    disk: { isFull: true, freeBytes: 8 },
    certificateExpiresAt: 1_800_000_000_000,
  };
  return metrics
    .render(gauges)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#") && !/^process_|_build_info/.test(line));
}

test("counts requests, bytes, times and collections by kind", async () => {
  const metrics = new Metrics(0);
  metrics.observe({ ...entry, route: "blob", bytesOut: 10, milliseconds: 4 });
  metrics.observe({ ...entry, route: "blob", bytesOut: 5, milliseconds: 400_000 });
  metrics.observe({ ...entry, method: "BREW", status: 405, bytesIn: 7, milliseconds: 1 });
  const collected = [{ repository: "a", manifests: [], blobs: [], bytes: 100 }];
  expect(await metrics.count(Promise.resolve(collected))).toEqual(collected);
  await expect(metrics.count(Promise.reject(new Error("no")))).rejects.toThrow("no");
  const name = "layerkeep_registry";
  const found = samples(metrics);
  expect(found.filter((line) => !line.includes("_bucket"))).toEqual([
    `${name}_http_requests_total{route="blob",method="GET",code="200"} 2`,
    `${name}_http_requests_total{route="none",method="other",code="405"} 1`,
    `${name}_http_request_duration_seconds_sum{route="blob",method="GET"} 400.004`,
    `${name}_http_request_duration_seconds_count{route="blob",method="GET"} 2`,
    `${name}_http_request_duration_seconds_sum{route="none",method="other"} 0.001`,
    `${name}_http_request_duration_seconds_count{route="none",method="other"} 1`,
    `${name}_http_request_body_bytes_total{route="blob"} 0`,
    `${name}_http_request_body_bytes_total{route="none"} 7`,
    `${name}_http_response_body_bytes_total{route="blob"} 15`,
    `${name}_http_response_body_bytes_total{route="none"} 0`,
    `${name}_uploads_open 2`,
    `${name}_repositories 3`,
    `${name}_tags 4`,
    `${name}_manifests 5`,
    `${name}_contents 6`,
    `${name}_content_bytes 7`,
    `${name}_disk_full 1`,
    `${name}_disk_free_bytes 8`,
    `${name}_collections_total{result="done"} 1`,
    `${name}_collections_total{result="failed"} 1`,
    `${name}_collected_bytes_total 100`,
    `${name}_certificate_expiry_timestamp_seconds 1800000000`,
  ]);
  const counts = found.filter((line) => line.includes('_bucket{route="blob"'));
  expect(counts.map((line) => /le="(.*)"\} (\d+)$/.exec(line)?.slice(1).join(" "))).toEqual([
    "0.001 0",
    "0.0025 0",
    ...["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5"].map((le) => `${le} 1`),
    ...["5", "10", "30", "60", "300"].map((le) => `${le} 1`),
    "+Inf 2",
  ]);
});

test("prints help and type once for each metric, and no repository names", () => {
  const metrics = new Metrics(0);
  metrics.observe({ ...entry, route: "blob" });
  const text = metrics.render({
    uploads: 0,
    usage,
    disk: undefined,
    certificateExpiresAt: undefined,
  });
  const names = [...text.matchAll(/^# TYPE (\S+) (?:counter|gauge|histogram)$/gm)].map(
    ([, name]) => name,
  );
  const helped = [...text.matchAll(/^# HELP (\S+) \S.*$/gm)].map(([, name]) => name);
  const sampled = [...text.matchAll(/^([a-z_]+?)(?:_bucket|_sum|_count)?(?:\{| )/gm)].map(
    ([, name]) => name,
  );
  expect([helped, new Set(names).size, sampled.filter((name) => !names.includes(name))]).toEqual([
    names,
    names.length,
    [],
  ]);
  expect(text).not.toContain("secret");
  expect(text).not.toContain("certificate_expiry");
  expect(text.endsWith("\n")).toBe(true);
});

test("metrics are served on a separate address", async () => {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-metrics-"));
  try {
    const auth = { user: "ada", password: "x" };
    await using registry = await startRegistry({ root, auth, metricsListen: "127.0.0.1:0" });
    const url = registry.metricsUrl ?? "";
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    await fetch(`${registry.url}/v2/`);
    await fetch(`${registry.url}/v2/app/blobs/uploads/?digest=${digestOf("abc")}`, {
      method: "POST",
      body: "abc",
      headers: { authorization: `Basic ${btoa("ada:x")}` },
    });
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    const lines = (await answer.text()).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        'layerkeep_registry_http_requests_total{route="base",method="GET",code="401"} 1',
        'layerkeep_registry_http_request_body_bytes_total{route="uploads"} 3',
        "layerkeep_registry_repositories 1",
        "layerkeep_registry_contents 1",
        "layerkeep_registry_content_bytes 3",
        "layerkeep_registry_uploads_open 0",
        "layerkeep_registry_disk_full 0",
        expect.stringMatching(/^layerkeep_registry_disk_free_bytes \d+$/) as unknown,
      ]),
    );
    expect([
      (await fetch(url.replace("/metrics", "/v2/"))).status,
      (await fetch(url, { method: "POST" })).status,
      (await fetch(`${registry.url}/metrics`)).status,
    ]).toEqual([404, 405, 401]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
