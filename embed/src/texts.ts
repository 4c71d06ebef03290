/** What charts say, to be said in other words or another language. */
export const defaultTexts = {
  loading: 'Loading …',
  failed: 'This chart cannot be shown now.',
  retry: 'Try again',
  empty: 'Nothing in this time',
  time: 'Time',
  others: 'All others',
  none: '(none)',
  step: 'Step',
  people: 'People',
  ofFirst: 'Of the first step',
  cohort: 'Began',
  size: 'People',
  average: 'Average',
}

export type Texts = typeof defaultTexts
