/** The entries of `values` whose names `keys` has. */
export function pick<Values extends object, Keys extends object>(
  values: Values,
  keys: Keys,
): Pick<Values, keyof Values & keyof Keys> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in keys)) as Pick<
    Values,
    keyof Values & keyof Keys
  >
}
