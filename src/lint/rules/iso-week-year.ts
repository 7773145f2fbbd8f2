import type { Edit } from "../finding.ts";
import type { StepRun } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import type { Span } from "../yaml/node.ts";

export const isoWeekYear: Rule = {
  id: "iso-week-year",
  severity: "warning",
  summary: "a week number is combined with the calendar year, not with the ISO week year",
  why: "ISO weeks have their own year: 1 January 2027 is in week 53 of 2026. Around New Year, a cache key or tag made from %Y and %V names a week that does not exist or is a year off.",
  check: (pipeline, report) => {
    for (const scenario of pipeline.scenarios) {
      for (const step of pipeline.runsIn(scenario).flatMap(({ steps }) => steps)) {
        if (step.script !== undefined) checkScript(step.script.span, report);
        const tags = tagRulesOf(step);
        if (tags !== undefined) checkTagRules(tags, report);
      }
    }
  },
};

/** `date`'s formats: `+%Y-W%V` with or without quotes; or any quoted text, as for `strftime`. */
const formats = /\+(["'])([^"'\n]*)\1|(["'])([^"'\n]*%[^"'\n]*)\3|\+([^\s"'`();|&]+)/g;
/** A year and a week from two commands, written without a space between them. */
const pairs = /date[^)\n]*\+["']?%[Yy]["']?\)[-_.wW]{0,3}\$\(\s*date[^)\n]*\+["']?%V/g;

const wrongYear = "%V is a week of the ISO year %G, not of %Y: 1 January 2027 is in 2026-W53";

function checkScript(span: Span, { find }: Report): void {
  const text = span.file.text.slice(span.start, span.end);
  const alone = new Map<string, Span>();
  let found = false;
  for (const match of [...text.matchAll(formats), ...text.matchAll(pairs)]) {
    const part = partOf(span, match.index, match[0].length);
    const [year, week] = [has(match[0], "Yy"), has(match[0], "V")];
    if (isCommand(match[0], "Y") || isCommand(match[0], "V")) alone.set(match[0].slice(-1), part);
    if (!week || has(match[0], "GgmdbBjFDxc") || !year) continue;
    found = true;
    find({
      span: part,
      message: wrongYear,
      confidence: "high",
      fix: { title: "use %G", safe: true, edits: editsIn(part, /%[-_0^#]*[Yy]/g, isoYear) },
    });
  }
  const [year, week] = [alone.get("Y"), alone.get("V")];
  if (found || year === undefined || week === undefined) return;
  find({
    span: year,
    message: wrongYear,
    confidence: "medium",
    fix: { title: "use %G", safe: false, edits: editsIn(year, /%Y/g, isoYear) },
  });
}

function has(format: string, conversions: string): boolean {
  return new RegExp(`%[-_0^#]*[${conversions}]`).test(format.replaceAll("%%", ""));
}

function isCommand(format: string, conversion: string): boolean {
  return format.replace(/["']/g, "") === `+%${conversion}`;
}

function isoYear(year: string): string {
  return year.replace("Y", "G").replace("y", "g");
}

/** The `tags` of docker/metadata-action, whose `{{date '…'}}` takes formats of Moment.js. */
function tagRulesOf({ action }: StepRun): Span | undefined {
  return action?.name === "docker/metadata-action" ? action.inputs.get("tags")?.span : undefined;
}

function checkTagRules(span: Span, { find }: Report): void {
  const text = span.file.text.slice(span.start, span.end);
  for (const { 0: whole, 1: format = "", index } of text.matchAll(/\{\{\s*date\s+'([^'\n]*)'/g)) {
    const tokens = format.replace(/\[[^\]]*\]/g, "");
    if (!/W/.test(tokens) || !/Y/.test(tokens) || /[MD]/.test(tokens)) continue;
    const part = partOf(span, index + whole.indexOf(format), format.length);
    find({
      span: part,
      message: "W is a week of the ISO year GGGG, not of YYYY: 1 January 2027 is in 2026-W53",
      confidence: "high",
      fix: {
        title: "use GGGG",
        safe: true,
        edits: editsIn(part, /\[[^\]]*\]|Y+/g, (found) => found.replace(/^Y+$/, asG)),
      },
    });
  }
}

function asG(years: string): string {
  return "G".repeat(years.length);
}

function partOf({ file, start }: Span, offset: number, length: number): Span {
  return { file, start: start + offset, end: start + offset + length };
}

function editsIn(span: Span, wanted: RegExp, replaced: (text: string) => string): readonly Edit[] {
  const text = span.file.text.slice(span.start, span.end);
  return [...text.matchAll(wanted)].flatMap(({ 0: found, index }) => {
    const other = replaced(found);
    return other === found ? [] : [{ span: partOf(span, index, found.length), text: other }];
  });
}
