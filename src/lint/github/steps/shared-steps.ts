import { answerIn, type Question, type Scope } from "../../expressions/scope.ts";
import type { Repository } from "../../files/repository.ts";
import { remember } from "../../remember.ts";
import { createIds, type Ids } from "../jobs/ids.ts";
import type { ReadSteps, StepsSetting } from "./steps-setting.ts";
import type { Step } from "../workflow.ts";

/**
 * What a step, or a list of them, was read as before in a scope that gave the same answers, or what
 * `read` makes of it. Most of what a workflow does is the same in each scenario and in each row of a
 * matrix.
 */
export function sharedSteps<Written extends Step | readonly Step[]>(
  written: Written,
  setting: StepsSetting,
  read: (written: Written, setting: StepsSetting) => ReadSteps,
): ReadSteps {
  const { roots, ids } = knownIn(setting.repository);
  const root = roots.get(written) ?? newKnown();
  roots.set(written, root);
  const start = fixedOf(setting).reduce(nextOf, root);
  const before = lookUp(start, setting.scope, ids);
  if (before !== undefined) {
    setting.budget.spend(1 + before.steps.length);
    return before;
  }
  const { scope, questions } = observed(setting.scope);
  const found = read(written, { ...setting, scope });
  const end = questions().reduce((known: Known, question) => {
    known.question = question;
    return nextOf(known, ids.of(answerIn(scope, question)));
  }, start);
  end.found = found;
  return found;
}

/** What is known of steps after some answers: what they then ask, or what they are. */
interface Known {
  question?: Question;
  readonly answers: Map<unknown, Known>;
  found?: ReadSteps;
}

const knownIn = remember<Repository, { roots: WeakMap<Step | readonly Step[], Known>; ids: Ids }>(
  () => ({
    roots: new WeakMap<Step | readonly Step[], Known>(),
    ids: createIds(),
  }),
);

function newKnown(): Known {
  return { answers: new Map() };
}

/** What else decides on them. */
function fixedOf({ within, windows, depth, defaults }: StepsSetting): readonly unknown[] {
  return [within, windows, depth, defaults.shell, defaults.folder];
}

function nextOf({ answers }: Known, answer: unknown): Known {
  const next = answers.get(answer) ?? newKnown();
  answers.set(answer, next);
  return next;
}

/** Steps ask the same as long as they get the same answers. */
function lookUp(start: Known, scope: Scope, ids: Ids): ReadSteps | undefined {
  let known: Known | undefined = start;
  while (known?.question !== undefined) {
    scope.asked?.(known.question);
    known = known.answers.get(ids.of(answerIn(scope, known.question)));
  }
  return known?.found;
}

/** A scope that keeps the questions, each once. */
function observed(scope: Scope): {
  readonly scope: Scope;
  readonly questions: () => readonly Question[];
} {
  const questions = new Map<string, Question>();
  const asked = (question: Question): void => {
    scope.asked?.(question);
    const { context, about } = question;
    const name = "name" in question ? question.name : "";
    questions.set(`${context}\0${about}\0${name}`, question);
  };
  return { scope: { ...scope, asked }, questions: () => [...questions.values()] };
}
