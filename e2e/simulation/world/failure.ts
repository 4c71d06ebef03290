/** An invariant that does not hold. `detail` is a short diff. */
export class InvariantError extends Error {
  readonly invariant: string
  readonly detail: string
  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`)
    this.name = 'InvariantError'
    this.invariant = invariant
    this.detail = detail
  }
}

/** A failure that was injected: the parts under test have to live with it. */
export class InjectedError extends Error {
  constructor(what: string) {
    super(`injected: ${what}`)
    this.name = 'InjectedError'
  }
}
