/** Options are checked once, when a tracker is made, and trusted afterwards. */

/** Returns what was expected when the value is wrong, else undefined. */
type Rule = (value: unknown) => string | undefined;

export type Rules<Options> = { readonly [K in keyof Options]-?: Rule };

export function wholeNumber(min: number): Rule {
  return (v) =>
    Number.isSafeInteger(v) && (v as number) >= min ? undefined : `a whole number, at least ${min}`;
}

export function numberIn(min: number, max: number): Rule {
  return (v) =>
    typeof v === "number" && v >= min && v <= max ? undefined : `a number from ${min} to ${max}`;
}

export function finite(): Rule {
  return (v) => (Number.isFinite(v) ? undefined : "a finite number");
}

export function positive(): Rule {
  return (v) => (Number.isFinite(v) && (v as number) > 0 ? undefined : "a finite number above 0");
}

export function oneOf(values: readonly string[]): Rule {
  return (v) => (values.includes(v as string) ? undefined : `one of ${values.join(", ")}`);
}

export function optional(rule: Rule): Rule {
  return (v) => (v === undefined ? undefined : rule(v));
}

/**
 * `options` on top of `defaults`; an option given as undefined takes its default.
 *
 * @throws {TypeError} for an option that does not exist
 * @throws {RangeError} for a value out of range
 */
export function complete<Options extends object, Defaults extends Options>(
  tracker: string,
  options: Options,
  defaults: Defaults,
  rules: Rules<Options>,
): Options & Defaults {
  const result = { ...defaults } as Record<string, unknown>;
  for (const [name, value] of Object.entries(options)) {
    const rule = (rules as Record<string, Rule | undefined>)[name];
    if (!rule || !Object.hasOwn(rules, name))
      throw new TypeError(
        `${tracker} has no option "${name}": expected one of ${Object.keys(rules).join(", ")}`,
      );
    if (value === undefined) continue;
    const expected = rule(value);
    if (expected !== undefined)
      throw new RangeError(
        `Cannot use ${JSON.stringify(value)} for "${name}" of ${tracker}: expected ${expected}`,
      );
    result[name] = value;
  }
  return Object.freeze(result) as unknown as Options & Defaults;
}
