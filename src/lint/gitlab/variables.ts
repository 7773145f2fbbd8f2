import {
  type Constancy,
  joinTexts,
  known,
  type Text,
  textOfValue,
  Unknown,
} from "../expressions/value.ts";
import { at, entriesOf, type Node, textOf } from "../yaml/node.ts";

/** The variables of a job. */
export interface Variables {
  /** Null if it is certainly not set, undefined if the project's settings may set it. */
  readonly valueOf: (name: string) => Text | null | undefined;
  /** A text with `$NAME` and `${NAME}` replaced. */
  readonly expand: (text: string) => Text;
  /** Every variable that is set, or certainly not set and so empty. */
  readonly all: () => ReadonlyMap<string, Text>;
}

/** Variables by name; null for one that is not set. */
export type Values = ReadonlyMap<string, Text | null>;

/** Variables of a job alone; all others are the same in the whole run. */
const ofJob = /^CI_(?:JOB_|NODE_INDEX|RUNNER_|CONCURRENT_)/;
const ofMergeRequest = /^CI_MERGE_REQUEST_/;
const nested = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g;

/**
 * `predefined` are the values of the scenario, and `written` the file's, in which others may be
 * named; `values` are a row of a matrix.
 */
export function createVariables(
  predefined: Values,
  written: ReadonlyMap<string, string>,
  values: Values = new Map(),
): Variables {
  const open = new Set<string>();
  const found = new Map<string, Text>();
  const isMergeRequest = predefined.get("CI_MERGE_REQUEST_IID") !== null;
  const valueOf = (name: string): Text | null | undefined => {
    const ready = values.get(name) ?? found.get(name);
    if (ready !== undefined) return ready;
    const text = written.get(name);
    if (text === undefined || open.has(name)) {
      if (predefined.has(name)) return predefined.get(name);
      if (ofMergeRequest.test(name)) return isMergeRequest ? unknownVariable(name) : null;
      return ofJob.test(name) ? unknownVariable(name) : undefined;
    }
    open.add(name);
    const value = expand(text);
    open.delete(name);
    found.set(name, value);
    return value;
  };
  const expand = (text: string): Text => {
    const pieces: Text[] = [];
    let from = 0;
    for (const { 0: whole, 1: plain, 2: braced, index } of text.matchAll(nested)) {
      pieces.push(known(text.slice(from, index)));
      const name = plain ?? braced;
      from = index + whole.length;
      if (name === undefined) pieces.push(known("$"));
      else
        pieces.push(valueOf(name) ?? (valueOf(name) === null ? known("") : unknownVariable(name)));
    }
    return joinTexts([...pieces, known(text.slice(from))]);
  };
  return {
    valueOf,
    expand,
    all: () => {
      const names = new Set([...predefined.keys(), ...written.keys(), ...values.keys(), ...jobOwn]);
      return new Map([...names].map((name) => [name, valueOf(name) ?? known("")]));
    },
  };
}

/** Those that scripts use most; a script takes any other for one of the run. */
const jobOwn = ["CI_JOB_ID", "CI_JOB_NAME", "CI_JOB_NAME_SLUG", "CI_JOB_TOKEN", "CI_NODE_INDEX"];

export function unknownVariable(name: string): Text {
  const constancy: Constancy = ofJob.test(name) ? "job" : "run";
  return textOfValue(new Unknown(`$${name}`, constancy));
}

/** `variables` as it is written: a value, or a map with one. */
export function writtenVariables(...nodes: readonly (Node | undefined)[]): Map<string, string> {
  return new Map(
    nodes.flatMap((node) =>
      entriesOf(node).map(({ key, value }): [string, string] => [
        key.text ?? "",
        textOf(value) ?? textOf(at(value, "value")) ?? "",
      ]),
    ),
  );
}
