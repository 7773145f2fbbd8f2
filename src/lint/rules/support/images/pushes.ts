import { both, knownText, splitText, type Text, type Tri } from "../../../expressions/value.ts";
import type { Build, Settings } from "../../../model/operation.ts";
import { remember } from "../../../remember.ts";

/** An output of a build that pushes an image. */
export interface ImageOutput {
  readonly settings: Settings;
  /** Whether it pushes by digest alone, without a tag. */
  readonly byDigest: Tri;
  /** What it is pushed to: `name`, or else the tags of the build. */
  readonly names: readonly Text[];
}

/** The outputs of a build that push, with a name each. */
export const imageOutputs = remember(({ outputs, tags }: Build): readonly ImageOutput[] =>
  outputs.flatMap((settings) => {
    const { type, attributes } = settings;
    const isImage = type === "image" || type === "registry";
    if (!isImage || (type === "image" && isSet(settings, "push") === false)) return [];
    const name = attributes.get("name");
    const names = name === undefined ? tags.map(({ value }) => value) : splitText(name, ",");
    return [{ settings, byDigest: isSet(settings, "push-by-digest"), names }];
  }),
);

/** Whether a build pushes an image. */
export const pushes = remember((build: Build): Tri => {
  const outputs = build.outputs.map(({ type, attributes }): Tri => {
    if (type === undefined) return undefined;
    if (type === "registry") return true;
    return type === "image" ? isSet({ attributes }, "push") : false;
  });
  return either([build.push, ...outputs]);
});

/** An attribute that is a flag: written alone, it is set. */
function isSet({ attributes }: Pick<Settings, "attributes">, name: string): Tri {
  const value = attributes.get(name);
  if (value === undefined) return attributes.get("")?.text === name;
  const text = knownText(value);
  return text === undefined ? undefined : /^(?:1|t|true)$/i.test(text);
}

export function either(all: readonly Tri[]): Tri {
  const none = all.map((one) => (one === undefined ? undefined : !one)).reduce<Tri>(both, true);
  return none === undefined ? undefined : !none;
}
