import type { TagRule } from "../../config/config.ts";
import type { Value } from "../../config/publish/tag-template.ts";
import type { Context } from "../../trust/context.ts";
import type { PlannedTag } from "../plan.ts";
import type { SchemeName } from "./version-schemes.ts";

/** What a rule may refer to. */
export interface Scope {
  readonly context: Context;
  readonly defaultBranch: string | undefined;
  readonly globals: Readonly<Record<string, Value>>;
  readonly dates: Readonly<Record<string, Value>>;
}

/** A rule's value in the context, before prefix and suffix. */
export interface Made {
  readonly value: string;
  readonly order: PlannedTag["order"];
  /** Whether `latest: auto` adds `latest`, if this rule comes first. */
  readonly latest: boolean;
  /** The version that it comes from. */
  readonly version?: { readonly text: string; readonly scheme: SchemeName };
}

export interface RuleResult {
  readonly rule: TagRule;
  readonly made?: Made | undefined;
  readonly warnings?: readonly string[];
}
