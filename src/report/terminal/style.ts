/**
 * Styles in a text are single noncharacters (Unicode 16, section 23.7), which are replaced where the
 * text is printed: harmless output keeps them, and no file or pipe ever gets one.
 */
const codes = {
  "\ufdd0": "\u001b[0m",
  "\ufdd1": "\u001b[32m",
  "\ufdd2": "\u001b[31m",
  "\ufdd3": "\u001b[33m",
  "\ufdd4": "\u001b[2m",
  "\ufdd5": "\u001b[1m",
  "\ufdd6": "\u001b[36m",
} as const;

const marks = {
  green: "\ufdd1",
  red: "\ufdd2",
  yellow: "\ufdd3",
  dim: "\ufdd4",
  bold: "\ufdd5",
  cyan: "\ufdd6",
} as const;
const end = "\ufdd0";

export type Style = keyof typeof marks;

/** The text in a style. A style adds to what the text says: it is never the only sign. */
export function styled(style: Style, text: string): string {
  return text === "" ? "" : `${marks[style]}${text}${end}`;
}

/**
 * The text for a terminal, its styles as escape sequences; without `colour`, without styles. A style
 * ends with its line, whatever text from elsewhere contains.
 */
export function paint(text: string, colour: boolean): string {
  if (!colour) return text.replace(anyMark, "");
  return text.replace(styledLine, (line) => {
    const last = line.match(anyMark)?.at(-1);
    const painted = line.replace(anyMark, (mark) => (isMark(mark) ? codes[mark] : ""));
    return last === end ? painted : `${painted}${codes[end]}`;
  });
}

/** The text as it is without any style. */
export function withoutMarks(text: string): string {
  return paint(text, false);
}

const anyMark = /[\ufdd0-\ufdef]/g;
const styledLine = /.*[\ufdd0-\ufdef].*/g;

function isMark(text: string): text is keyof typeof codes {
  return text in codes;
}
