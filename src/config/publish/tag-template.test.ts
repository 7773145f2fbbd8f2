import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { parseTemplate, renderTemplate } from "./tag-template.ts";

describe("parseTemplate", () => {
  it("splits text and expressions", () => {
    expect(parseTemplate("v{{ major }}.{{date 'YYYY MM' tz=\"Asia/Tokyo\"}}-x")).toEqual([
      "v",
      { name: "major", args: [], attributes: {} },
      ".",
      { name: "date", args: ["YYYY MM"], attributes: { tz: "Asia/Tokyo" } },
      "-x",
    ]);
  });

  it("treats three braces as two, since nothing here is HTML", () => {
    expect(parseTemplate("{{{raw}}}")).toEqual([{ name: "raw", args: [], attributes: {} }]);
  });

  it("keeps text without expressions as it is", () => {
    expect(parseTemplate("a}b{c")).toEqual(["a}b{c"]);
    expect(parseTemplate("")).toEqual([]);
  });

  it.each([
    ["{{#if tag}}x{{/if}}", '"{{#if tag}}x{{/if}}" contains the invalid expression {{#if tag}}'],
    ["{{}}", '"{{}}" contains the invalid expression {{}}'],
    ["{{a.b}}", '"{{a.b}}" contains the invalid expression {{a.b}}'],
    ["{{{}}}", '"{{{}}}" contains the invalid expression {{}}'],
    ["{{'x'}}", "\"{{'x'}}\" contains the invalid expression {{'x'}}"],
    ["{{date 'YYYY}}", "\"{{date 'YYYY}}\" contains the invalid expression {{date 'YYYY}}"],
  ])("rejects %j", (text, message) => {
    const hint = "use {{name}} or {{date 'YYYYMMDD' tz='UTC'}}";
    expect(() => parseTemplate(text)).toThrow(new UsageError(message, { hint }));
  });

  it.each([
    ["{{{raw}}", '"{{{raw}}" has mismatched braces: {{{raw}}'],
    ["x{{raw}}}", '"x{{raw}}}" has mismatched braces: {{raw}}}'],
  ])("rejects the uneven braces of %j", (text, message) => {
    expect(() => parseTemplate(text)).toThrow(new UsageError(message, { hint: "write {{raw}}" }));
  });

  it("rejects unclosed braces", () => {
    expect(() => parseTemplate("{{major")).toThrow(
      new UsageError('"{{major" has {{ without a matching }}'),
    );
  });
});

describe("renderTemplate", () => {
  it("fills in values, once", () => {
    expect(renderTemplate("{{a}}-{{a}}", { a: () => "{{b}}", b: () => "no" })).toBe("{{b}}-{{b}}");
  });

  it("rejects a name that has no value here", () => {
    expect(() => renderTemplate("{{toString}}", { b: () => "", a: () => "" })).toThrow(
      new UsageError('"{{toString}}": {{toString}} is not available here', {
        hint: "use one of a, b",
      }),
    );
  });
});
