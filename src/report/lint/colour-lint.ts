const [red, yellow, cyan, green, none] = [31, 33, 36, 32, 0].map((code) => `\u001b[${code}m`);

const colours: Readonly<Record<string, string | undefined>> = {
  error: red,
  warning: yellow,
  note: cyan,
  fixed: green,
};

/**
 * Colours the severity and the rule of each finding in what `renderLint` returns, after it was made
 * harmless. The words say the same without colours.
 */
export function colourLint(text: string): string {
  return text.replace(
    /^(error|warning|note|fixed)(?:\[[\w-]+\]|(?=:))/gm,
    (head: string, severity: string) => `${colours[severity] ?? ""}${head}${none ?? ""}`,
  );
}
