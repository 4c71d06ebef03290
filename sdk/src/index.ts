export { createAnalytics } from './analytics.ts'
export type * from './types.ts'
