/** The page must never hear of our trouble: a function that returns undefined where it would have thrown. */
export const safely =
  <Arguments extends unknown[], Result>(run: (...given: Arguments) => Result) =>
  (...given: Arguments): Result | undefined => {
    try {
      return run(...given)
    } catch {
      return undefined
    }
  }
