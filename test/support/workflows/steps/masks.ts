/** What the runner knows to be secret, and hides. */
export interface Masks {
  add(secret: string): void;
  hide(text: string): string;
  /** Whether a text holds a secret. */
  hidesIn(text: string): boolean;
}

/**
 * Hides each secret, each line of it, and its encodings that the runner hides too: base64 at each of
 * three offsets, JSON, and percent encoding.
 */
export function createMasks(secrets: Iterable<string>): Masks {
  const hidden = new Set<string>();
  const masks: Masks = {
    add(secret) {
      for (const part of [secret, ...secret.split(/\r?\n/)]) {
        if (part.trim() === "") continue;
        for (const form of formsOf(part)) hidden.add(form);
      }
    },
    hide(text) {
      const longestFirst = [...hidden].sort((a, b) => b.length - a.length);
      return longestFirst.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
    },
    hidesIn: (text) => [...hidden].some((secret) => text.includes(secret)),
  };
  for (const secret of secrets) masks.add(secret);
  return masks;
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((offset) => {
    const text = bytes.subarray(offset).toString("base64").replace(/=+$/, "");
    // The last character depends on what follows.
    return (bytes.length - offset) % 3 === 0 ? text : text.slice(0, -1);
  });
  const forms = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...shifted];
  return [secret, ...forms.filter((form) => form.length >= 4)];
}
