import { describe, expect, it } from "vitest";
import { Addresses, redactUrl } from "./address.ts";

describe("the target of an upload that a registry sends elsewhere", () => {
  const may = (from: string, to: string, insecure: readonly string[] = []): boolean =>
    new Addresses(insecure).maySendTo(new URL(to), new URL(from));

  it.each([
    ["https://quay.example/v2/", "https://quay.example/v2/a/blobs/uploads/1"],
    ["https://quay.example/v2/", "https://storage.example/1"],
    ["http://127.0.0.1:5000/v2/", "http://127.0.0.1:5000/1"],
    ["http://127.0.0.1:5000/v2/", "http://localhost:9000/1"],
    ["http://registry.lan:5000/v2/", "http://registry.lan:5000/1"],
    ["https://10.0.0.4/v2/", "https://10.0.0.5/1"],
    ["https://registry.corp.internal/v2/", "https://10.0.0.5/1"],
  ])("%s → %s", (from, to) => {
    expect(may(from, to)).toBe(true);
  });

  it.each([
    ["https://quay.example/v2/", "http://quay.example/1"],
    ["https://quay.example/v2/", "http://127.0.0.1/1"],
    ["http://registry.lan:5000/v2/", "http://127.0.0.1:2375/1"],
    ["http://registry.lan:5000/v2/", "http://other.lan/1"],
    ["http://127.0.0.1:5000/v2/", "http://10.0.0.5/1"],
    ["https://quay.example/v2/", "https://169.254.169.254/latest"],
    ["https://quay.example/v2/", "https://10.1.2.3/1"],
    ["https://quay.example/v2/", "https://0x7f.1/1"],
    ["https://quay.example/v2/", "https://[::1]:8443/1"],
    ["https://quay.example/v2/", "https://[::ffff:10.0.0.1]/1"],
    ["https://quay.example/v2/", "https://[fd00::1]/1"],
    ["https://quay.example/v2/", "https://localhost/1"],
    ["https://quay.example/v2/", "https://metadata.google.internal/1"],
    ["https://quay.example/v2/", "ftp://quay.example/1"],
  ])("not %s → %s", (from, to) => {
    expect(may(from, to)).toBe(false);
  });

  it("a host that the user lists as insecure is allowed", () => {
    expect(may("https://quay.example/", "https://10.1.2.3/1", ["10.1.2.3"])).toBe(true);
    expect(may("http://registry.lan/", "http://store.lan:9000/1", ["store.lan:9000"])).toBe(true);
  });
});

describe("redactUrl", () => {
  it.each([
    ["https://r.example/v2/a/manifests/1", "https://r.example/v2/a/manifests/1"],
    ["https://user:secret@r.example/v2/", "https://r.example/v2/"],
    [
      "https://s3.example/blob?X-Amz-Signature=abc&n=5",
      "https://s3.example/blob?X-Amz-Signature=…&n=5",
    ],
    [
      "http://r.example:5000/u?_state=xyz&digest=sha256:00",
      "http://r.example:5000/u?_state=…&digest=sha256:00",
    ],
  ])("writes %s as %s", (url, expected) => {
    expect(redactUrl(new URL(url))).toBe(expected);
  });
});
