/** A condition of `rules:if`. */
export type Condition =
  | { readonly kind: "and" | "or"; readonly all: readonly Condition[] }
  | { readonly kind: "operand"; readonly of: Operand }
  | {
      readonly kind: "compare";
      readonly by: string;
      readonly left: Operand;
      readonly right: Operand;
    };

export type Operand =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "pattern"; readonly text: string }
  | { readonly kind: "null" };

const token =
  /\s*(?:(&&|\|\||==|!=|=~|!~|\(|\))|\$(\w+)|\$\{(\w+)\}|"([^"]*)"|'([^']*)'|(\/(?:[^/\\]|\\.)*\/[ims]*)|(null)\b)/y;

type Token = { readonly operator: string } | { readonly operand: Operand };

/** Parses a condition; undefined if GitLab would refuse it. */
export function parseCondition(text: string): Condition | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  let at = 0;
  const condition = either();
  return at === tokens.length ? condition : undefined;

  function either(): Condition | undefined {
    return joined("or", "||", both);
  }

  function both(): Condition | undefined {
    return joined("and", "&&", single);
  }

  function joined(
    kind: "and" | "or",
    operator: string,
    next: () => Condition | undefined,
  ): Condition | undefined {
    const all = [next()];
    while (takes(operator)) all.push(next());
    const found = all.filter((one) => one !== undefined);
    if (found.length < all.length) return undefined;
    return found.length === 1 ? found[0] : { kind, all: found };
  }

  function single(): Condition | undefined {
    if (takes("(")) {
      const inner = either();
      return takes(")") ? inner : undefined;
    }
    const left = operand();
    if (left === undefined) return undefined;
    const by = ["==", "!=", "=~", "!~"].find(takes);
    if (by === undefined) return { kind: "operand", of: left };
    const right = operand();
    return right === undefined ? undefined : { kind: "compare", by, left, right };
  }

  function operand(): Operand | undefined {
    const next = tokens?.[at];
    if (next === undefined || !("operand" in next)) return undefined;
    at += 1;
    return next.operand;
  }

  function takes(operator: string): boolean {
    const next = tokens?.[at];
    if (next === undefined || !("operator" in next) || next.operator !== operator) return false;
    at += 1;
    return true;
  }
}

/** A condition is short; a long one would nest too deeply. */
const longest = 2_000;

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  if (end > longest) return undefined;
  const next = new RegExp(token);
  while (next.lastIndex < end) {
    const match = next.exec(text);
    if (match === null) return undefined;
    const [, operator, plain, braced, double, single, pattern] = match;
    const name = plain ?? braced;
    const quoted = double ?? single;
    if (operator !== undefined) tokens.push({ operator });
    else if (name !== undefined) tokens.push({ operand: { kind: "variable", name } });
    else if (quoted !== undefined) tokens.push({ operand: { kind: "text", text: quoted } });
    else if (pattern !== undefined) tokens.push({ operand: { kind: "pattern", text: pattern } });
    else tokens.push({ operand: { kind: "null" } });
  }
  return tokens;
}
