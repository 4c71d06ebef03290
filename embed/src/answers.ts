// What the server answers to a question of a token. A test holds these to the protocol's own types.

export interface TrendAnswer {
  type: 'trend'
  question: { interval: 'hour' | 'day' | 'week' | 'month'; timeZone: string; series: string[] }
  starts: number[]
  rows: {
    series: number
    value?: string | null
    rest?: { values: number }
    points: (number | null)[]
    total: number | null
  }[]
}

export interface FunnelAnswer {
  type: 'funnel'
  question: { steps: string[] }
  total: { steps: { reached: number; medianMs: number | null }[] }
}

export interface RetentionAnswer {
  type: 'retention'
  question: { unit: 'day' | 'week' | 'month'; timeZone: string; brackets: readonly number[] | null }
  cohorts: { start: number; size: number; returned: (number | null)[]; complete: number }[]
  average: (number | null)[]
}

/** Figures of a range. */
export interface OverviewAnswer {
  type: 'overview'
  totals: { people: number; sessions: number; pages: number; events: number }
}

export type Answer = TrendAnswer | FunnelAnswer | RetentionAnswer | OverviewAnswer
export type AnswerOf<Type extends Answer['type']> = Extract<Answer, { type: Type }>
