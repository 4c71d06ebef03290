export { createAnalytics } from './analytics.ts'
export { type ConsentedAnalytics, type ConsentOptions, createConsented } from './consent.ts'
export type * from './types.ts'
