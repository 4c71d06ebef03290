/**
 * The page must never hear of our trouble: a function that returns undefined where it would have thrown. A promise is
 * passed on, and what it rejects with is not unhandled.
 */
export const safely =
  <Arguments extends unknown[], Result>(run: (...given: Arguments) => Result) =>
  (...given: Arguments): Result | undefined => {
    try {
      const result = run(...given)
      if (result instanceof Promise) result.catch(() => {})
      return result
    } catch {
      return undefined
    }
  }
