import { paint } from "./terminal/style.ts";
import { describe, expect, it } from "vitest";
import { formatBytes, formatSeconds, renderTable } from "./table.ts";

describe("renderTable", () => {
  it("aligns columns, numbers to the right, without trailing space", () => {
    const columns = [{ head: "NAME" }, { head: "SIZE", right: true }, { head: "WHY" }];
    const rows = [
      ["a", "1 B", "short"],
      ["a-longer-name", "100 kB", ""],
    ];
    expect(renderTable(columns, rows).split("\n")).toEqual([
      "NAME             SIZE  WHY",
      "a                 1 B  short",
      "a-longer-name  100 kB",
    ]);
  });

  it("counts the columns of a terminal, not characters", () => {
    const rows = [
      ["🚀", "x"],
      ["ab", "y"],
    ];
    expect(renderTable([{ head: "A" }, { head: "B" }], rows)).toBe("A   B\n🚀  x\nab  y");
  });

  describe("on a page of a certain width", () => {
    const columns = [
      { head: "NAME" },
      { head: "SIZE", right: true, optional: true },
      { head: "WHY" },
    ];
    const rows = [["server/linux/amd64", "1.50 MB", "because the base image has changed"]];

    it.each([
      [
        80,
        "NAME                   SIZE  WHY\nserver/linux/amd64  1.50 MB  because the base image has changed",
      ],
      [50, "NAME                   SIZE  WHY\nserver/linux/amd64  1.50 MB  because the base ima…"],
      [40, "NAME                WHY\nserver/linux/amd64  because the base im…"],
      [30, "NAME              WHY\nserver/linux/am…  because the…"],
    ])("%s columns", (width, text) => {
      const table = renderTable(columns, rows, { columns: width });
      expect(table).toBe(text);
      expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
    });

    it("clips wide characters whole", () => {
      const table = renderTable(
        [{ head: "NAME" }, { head: "N" }],
        [["日本語のイメージの名前", "1"]],
        {
          columns: 18,
        },
      );
      expect(table).toBe("NAME             N\n日本語のイメー…  1");
    });
  });

  it("keeps the end of cells that begin alike", () => {
    const rows = [
      ["ghcr.io/acme/app:web", "1"],
      ["ghcr.io/acme/app:日本語", "2"],
    ];
    const table = renderTable([{ head: "IMAGE", keepsEnd: true }, { head: "N" }], rows, {
      columns: 18,
    });
    expect(table).toBe("IMAGE            N\n…o/acme/app:web  1\n…cme/app:日本語  2");
  });

  it("has styles, which do not count", () => {
    const table = renderTable([{ head: "A", styleOf: () => "red" }, { head: "B" }], [["bad", "1"]]);
    expect(paint(table, true)).toBe("A    B\n\u001b[31mbad\u001b[0m  1");
    expect(paint(table, false)).toBe("A    B\nbad  1");
  });

  it("accepts rows that are too short", () => {
    expect(renderTable([{ head: "A" }, { head: "B" }], [["x"], []])).toBe("A  B\nx\n");
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.00 kB"],
    [1_234, "1.23 kB"],
    [9_994, "9.99 kB"],
    [9_996, "10.0 kB"],
    [99_960, "100 kB"],
    [123_456, "123 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [1_500_000_000, "1.50 GB"],
    [2_500_000_000_000, "2.50 TB"],
    [2_500_000_000_000_000, "2500 TB"],
  ])("%i is %s", (bytes, expected) => expect(formatBytes(bytes)).toBe(expected));
});

describe("formatSeconds", () => {
  it.each([
    [0, "0.0 s"],
    [4.24, "4.2 s"],
    [59.94, "59.9 s"],
    [59.96, "1 m 00 s"],
    [60, "1 m 00 s"],
    [119.6, "2 m 00 s"],
    [187, "3 m 07 s"],
    [7_261, "121 m 01 s"],
  ])("%d is %s", (seconds, expected) => expect(formatSeconds(seconds)).toBe(expected));
});
