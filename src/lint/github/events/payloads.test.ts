import { expect, it } from "vitest";
import { absentOn } from "./payloads.ts";

it.each([
  ["push", "pull_request", true],
  ["push", "inputs", true],
  ["push", "head_commit", false],
  ["workflow_dispatch", "inputs", false],
  ["workflow_dispatch", "action", true],
  ["pull_request_target", "number", false],
  ["repository_dispatch", "client_payload", false],
  ["schedule", "schedule", false],
  ["issues", "comment", true],
  ["deployment_status", "workflow_run", false],
  ["an event of the future", "pull_request", false],
])("the payload of %s lacks %s: %s", (event, property, isAbsent) => {
  expect(property in absentOn(event)).toBe(isAbsent);
});
