export interface BreakerOptions {
  /** A steady clock, ms from any start. */
  now(): number
  /** Failures in a row that open it. Default 3. */
  maxFailures?: number
  /** How long it stays open, and from the end of a probe that failed to the next one. Default 5,000. */
  probeMs?: number
  /** Hears of every opening and closing. */
  onChange?(isOpen: boolean): void
}

/** Leave for one attempt. */
export interface Pass {
  /** The breaker is half open and this attempt decides. There is one at a time. */
  isProbe: boolean
  /** What came of it; only the first call counts. Every pass must be ended. */
  end(isOk: boolean): void
}

/**
 * Keeps callers away from something that fails. Closed: everybody may try. Open, after some failures in a row: nobody
 * may. Half open, after a while: one at a time may, and the first that succeeds closes it.
 */
export interface Breaker {
  /** Undefined: keep away. */
  enter(): Pass | undefined
}

export function createBreaker({ now, maxFailures = 3, probeMs = 5_000, onChange }: BreakerOptions): Breaker {
  let failures = 0
  let isOpen = false
  let isProbing = false
  let nextProbeAt = 0

  const turn = (toOpen: boolean): void => {
    isOpen = toOpen
    failures = 0
    onChange?.(toOpen)
  }
  const endAttempt = (isOk: boolean): void => {
    // It began before the breaker opened and says nothing about the time since.
    if (isOpen) return
    failures = isOk ? 0 : failures + 1
    if (failures < maxFailures) return
    nextProbeAt = now() + probeMs
    turn(true)
  }
  const endProbe = (isOk: boolean): void => {
    isProbing = false
    nextProbeAt = now() + probeMs
    if (isOk) turn(false)
  }

  return {
    enter() {
      if (isOpen && (isProbing || now() < nextProbeAt)) return undefined
      const isProbe = isOpen
      if (isProbe) isProbing = true
      let isEnded = false
      return {
        isProbe,
        end(isOk) {
          if (isEnded) return
          isEnded = true
          if (isProbe) endProbe(isOk)
          else endAttempt(isOk)
        },
      }
    },
  }
}
