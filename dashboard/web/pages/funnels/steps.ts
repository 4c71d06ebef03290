import type { FunnelGroup } from '@trailstitch/protocol'

/** A step as it is shown. Shares are null where there is nothing to divide by. */
export interface StepFigures {
  /** From 1. */
  place: number
  reached: number
  ofFirst: number | null
  /** Null for the first. */
  ofBefore: number | null
  /** How many went no further; null for the last one. */
  dropped: number | null
  medianMs: number | null
}

const share = (part: number, whole: number | undefined): number | null =>
  whole === undefined || whole === 0 ? null : part / whole

export function toStepFigures({ steps }: Pick<FunnelGroup, 'steps'>): StepFigures[] {
  return steps.map(({ reached, medianMs }, index) => {
    const next = steps[index + 1]
    return {
      place: index + 1,
      reached,
      ofFirst: share(reached, steps[0]?.reached),
      ofBefore: share(reached, steps[index - 1]?.reached),
      dropped: next ? reached - next.reached : null,
      medianMs,
    }
  })
}

/** Of those who began, how many came through. */
export const conversionOf = ({ steps }: Pick<FunnelGroup, 'steps'>): number | null =>
  share(steps.at(-1)?.reached ?? 0, steps[0]?.reached)
