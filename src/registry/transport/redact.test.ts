import { describe, expect, it } from "vitest";
import { redactUrl } from "./redact.ts";

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
