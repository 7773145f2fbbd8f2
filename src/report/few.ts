const mostNamed = 3;

/** The first names, and how many more there are: `a, b, c, and 9 more`. */
export function few(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return [...names.slice(0, mostNamed), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
