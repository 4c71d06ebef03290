// What stands in an address may be anything. These never throw.

export const isOneOf = <T extends string>(list: readonly T[], value: unknown): value is T =>
  list.some((each) => each === value)

/** A whole number between two, both included. */
export const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most

/** Undefined, or what `check` lets through. */
export const isOptional = (value: unknown, check: (value: unknown) => boolean): boolean =>
  value === undefined || check(value)
