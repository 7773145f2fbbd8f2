import type { Log, PhysicalLocation, Region, ReportingDescriptor, Result, Run } from "sarif";
import type { Edit, Finding } from "../../lint/finding.ts";
import type { LintedInput } from "../../lint/lint-input.ts";
import type { Rule } from "../../lint/rule.ts";
import type { Span } from "../../lint/yaml/node.ts";
import { version } from "../../version.ts";
import { fingerprintsOf } from "./fingerprint.ts";
import { type LintOutcome, rulePage } from "./outcome.ts";

/**
 * The result as SARIF 2.1.0, one run for each repository. Files are named from the repository's
 * root. What could not be checked is in the notifications: as results they would be alerts.
 */
export function lintSarif({ inputs, rules }: LintOutcome): Log {
  return {
    $schema:
      "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: inputs.map(({ linted }) => runOf(linted, rules)),
  };
}

function runOf({ findings, uncertain, problems }: LintedInput, rules: readonly Rule[]): Run {
  const fingerprints = fingerprintsOf(findings);
  const indexOf = (rule: string): number => rules.findIndex(({ id }) => id === rule);
  return {
    tool: {
      driver: {
        name: "layerkeep",
        semanticVersion: version,
        informationUri: "https://github.com/layerkeep/layerkeep",
        rules: rules.map(descriptorOf),
      },
    },
    columnKind: "utf16CodeUnits",
    results: findings.map((finding) =>
      resultOf(finding, indexOf(finding.rule), fingerprints.get(finding) ?? ""),
    ),
    invocations: [
      {
        executionSuccessful: problems.length === 0,
        toolExecutionNotifications: [
          ...problems.map(({ path, line, column, message }) => ({
            level: "error" as const,
            message: { text: message },
            locations: [
              { physicalLocation: inFile(path, { startLine: line, startColumn: column }) },
            ],
          })),
          ...uncertain.map(({ rule, span, why }) => ({
            level: "note" as const,
            message: { text: `not checked: ${why}` },
            locations: [{ physicalLocation: locationOf(span) }],
            associatedRule: { id: rule, index: indexOf(rule) },
          })),
        ],
      },
    ],
  };
}

function descriptorOf({ id, severity, summary, why }: Rule): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: summary },
    fullDescription: { text: why },
    help: { text: `${why}\n\n${rulePage(id)}`, markdown: `${why}\n\n[${id}](${rulePage(id)})` },
    helpUri: rulePage(id),
    defaultConfiguration: { level: severity },
  };
}

function resultOf(finding: Finding, ruleIndex: number, fingerprint: string): Result {
  const { rule, severity, confidence, message, span, fix } = finding;
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: { text: message },
    locations: [{ physicalLocation: locationOf(span) }],
    partialFingerprints: { "layerkeepFinding/v1": fingerprint },
    ...(fix === undefined
      ? {}
      : { fixes: [{ description: { text: fix.title }, artifactChanges: changesOf(fix.edits) }] }),
    properties: { confidence, ...(fix === undefined ? {} : { safeFix: fix.safe }) },
  };
}

function changesOf(edits: readonly Edit[]) {
  const paths = [...new Set(edits.map(({ span }) => span.file.path))];
  return paths.map((path) => ({
    artifactLocation: artifactOf(path),
    replacements: edits
      .filter(({ span }) => span.file.path === path)
      .map(({ span, text }) => ({
        deletedRegion: regionOf(span),
        insertedContent: { text },
      })),
  }));
}

function locationOf(span: Span): PhysicalLocation {
  return inFile(span.file.path, regionOf(span));
}

function inFile(path: string, region: Region): PhysicalLocation {
  return { artifactLocation: artifactOf(path), region };
}

function artifactOf(path: string) {
  const uri = path.split("/").map(encodeURIComponent).join("/");
  return { uri, uriBaseId: "%SRCROOT%" };
}

function regionOf({ file, start, end }: Span): Region {
  const [from, to] = [file.placeOf(start), file.placeOf(end)];
  return {
    startLine: from.line,
    startColumn: from.column,
    endLine: to.line,
    endColumn: to.column,
  };
}
