/** A line for each image that was loaded into Docker. */
export function renderLoaded(
  images: readonly { readonly leg: string; readonly names: readonly string[] }[],
): string {
  if (images.length === 0) return "nothing was loaded";
  return images.map(({ leg, names }) => `loaded ${leg} as ${names.join(", ")}`).join("\n");
}
